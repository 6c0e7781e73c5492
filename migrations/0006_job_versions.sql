-- In which form the payload of a job is. A process of the release before leaves a job in a later form to the newer ones.
alter table jobs add column version integer not null default 1;
