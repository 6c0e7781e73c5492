//! Every setting that there is. docs/CONFIGURATION.md repeats the table, and a test compares them.

/// A setting that exists.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// In the file.
    pub name: &'static str,
    /// In the environment.
    pub env: &'static str,
    pub default: &'static str,
    pub help: &'static str,
}

impl Setting {
    pub const fn new(
        name: &'static str,
        env: &'static str,
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self { name, env, default, help }
    }
}

pub const SETTINGS: &[Setting] = &[
    Setting::new(
        "config",
        "FRONTDESK_CONFIG",
        "none",
        "A TOML file with the settings below by their names in the file. The environment wins.",
    ),
    Setting::new(
        "listen",
        "FRONTDESK_LISTEN",
        "127.0.0.1:8080",
        "Address, or a name for it, and port to serve on. With PORT set, 0.0.0.0 and that port.",
    ),
    Setting::new("port", "PORT", "none", "Port to serve on, as hosting platforms set it."),
    Setting::new("role", "FRONTDESK_ROLE", "all", "all: API and workers in one process; api; worker."),
    Setting::new(
        "public_url",
        "FRONTDESK_PUBLIC_URL",
        "http:// and the address",
        "How clients and providers reach this deployment.",
    ),
    Setting::new(
        "render_external_url",
        "RENDER_EXTERNAL_URL",
        "none",
        "The public URL as Render sets it; FRONTDESK_PUBLIC_URL wins.",
    ),
    Setting::new(
        "allowed_origins",
        "FRONTDESK_ALLOWED_ORIGINS",
        "none",
        "Origins whose pages may call the API, separated by commas, like https://app.example.com; * for all.",
    ),
    Setting::new(
        "shutdown_seconds",
        "FRONTDESK_SHUTDOWN_SECONDS",
        "25",
        "How long requests in flight may take to finish after SIGTERM.",
    ),
    Setting::new(
        "database_url",
        "DATABASE_URL",
        "none",
        "The PostgreSQL to use. Without it, one of our own in the data directory.",
    ),
    Setting::new(
        "database_connections",
        "FRONTDESK_DATABASE_CONNECTIONS",
        "20",
        "Connections of this process at most, besides a few for writing and listening.",
    ),
    Setting::new(
        "migrate",
        "FRONTDESK_MIGRATE",
        "on-start",
        "on-start: bring the schema up to date when starting; never: refuse to start on an old one.",
    ),
    Setting::new(
        "data_dir",
        "FRONTDESK_DATA_DIR",
        ".frontdesk",
        "Where the PostgreSQL of our own and the generated keys are kept.",
    ),
    Setting::new("job_concurrency", "FRONTDESK_JOB_CONCURRENCY", "8", "How many jobs a worker runs at once."),
    Setting::new(
        "job_lease_seconds",
        "FRONTDESK_JOB_LEASE_SECONDS",
        "30",
        "After how long others take over the jobs of a worker that has died.",
    ),
    Setting::new(
        "redis_url",
        "REDIS_URL",
        "none",
        "The Redis to use as a cache. Without it, one in the process.",
    ),
    Setting::new(
        "master_key",
        "FRONTDESK_MASTER_KEY",
        "generated",
        "32 bytes in base64: it wraps every other key. Required with DATABASE_URL; losing it loses all personal data.",
    ),
    Setting::new(
        "other_master_keys",
        "FRONTDESK_OTHER_MASTER_KEYS",
        "none",
        "Master keys that only unwrap, separated by commas: the next one or the one before, while it is changed.",
    ),
    Setting::new(
        "operator_key",
        "FRONTDESK_OPERATOR_KEY",
        "generated",
        "The operator's API key, at least 12 characters. With DATABASE_URL there is none unless this is set.",
    ),
    Setting::new(
        "log",
        "FRONTDESK_LOG",
        "info",
        "What is logged: a level, or tracing directives such as info,frontdesk=debug.",
    ),
    Setting::new("log_format", "FRONTDESK_LOG_FORMAT", "text", "text or json."),
];
