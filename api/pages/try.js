// A form for each operation of the reference: it sends the request from this page and shows the reply.
'use strict';

const key = document.getElementById('api-key');

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// A labelled field; `source` is the row of the parameter.
function field(operation, source) {
  const { name, in: place } = source.dataset;
  const required = 'required' in source.dataset;
  const input = element('input', { id: `${operation.id}-${place}-${name}`, name, required });
  input.dataset.in = place;
  input.spellcheck = false;
  return element('label', { htmlFor: input.id }, `${name}${required ? ' (required)' : ''}`, input);
}

function bodyField(operation, example) {
  const input = element('textarea', { id: `${operation.id}-body`, value: example.textContent, spellcheck: false });
  return element('label', { htmlFor: input.id }, 'Body', input);
}

function requestOf(operation, form) {
  let path = operation.dataset.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const { name, value, dataset } of form.querySelectorAll('input')) {
    if (dataset.in === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value && dataset.in === 'query') query.set(name, value);
    else if (value && dataset.in === 'header') headers[name] = value;
  }
  if (key.value && !('public' in operation.dataset)) headers.Authorization = `Bearer ${key.value}`;
  const body = form.querySelector('textarea')?.value;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const address = path + (query.size ? `?${query}` : '');
  return [address, { method: operation.dataset.method, headers, body }];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function replyTo(address, request) {
  try {
    const reply = await fetch(address, request);
    const headers = [...reply.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    return `${request.method} ${address}\n\n${reply.status} ${reply.statusText}\n${headers}\n\n${pretty(await reply.text())}`;
  } catch (error) {
    return `There was no reply: ${error.message}`;
  }
}

function form(operation) {
  const made = element('form', { className: 'try' });
  made.append(...[...operation.querySelectorAll('tr[data-in]')].map((source) => field(operation, source)));
  const example = operation.querySelector('.example');
  if (example) made.append(bodyField(operation, example));
  const shown = element('pre', { tabIndex: 0, hidden: true });
  made.append(element('button', { type: 'submit' }, 'Send'), shown);
  made.addEventListener('submit', async (event) => {
    event.preventDefault();
    shown.hidden = false;
    shown.textContent = 'Waiting for the reply …';
    shown.textContent = await replyTo(...requestOf(operation, made));
  });
  return made;
}

function offer(operation) {
  const button = element('button', { type: 'button' }, 'Try it');
  button.addEventListener('click', () => {
    const made = form(operation);
    button.replaceWith(made);
    made.querySelector('input, textarea, button').focus();
  });
  operation.append(button);
}

// What an address names is opened.
function open() {
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!named || !named.matches('details')) return;
  named.open = true;
  named.scrollIntoView();
}

document.getElementById('key').hidden = false;
for (const operation of document.querySelectorAll('details.operation')) {
  operation.addEventListener('toggle', () => offer(operation), { once: true });
}
window.addEventListener('hashchange', open);
open();
