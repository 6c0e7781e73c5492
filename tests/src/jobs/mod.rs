//! Policies and jobs.
//!
//! * `queue`: keys, priorities, retries, leases and schedules, with jobs that only say that they were run;
//! * `depth`: how many there are, counted without a scan;
//! * `holds`: holds that run out, whatever clocks and replays do;
//! * `failures`: a job that fails for good, and what operators do about it;
//! * `kills`: workers that are killed under load;
//! * `waitlist`: time that becomes free, for those who wait for it.

mod depth;
mod failures;
mod holds;
mod kills;
mod queue;
mod waitlist;
