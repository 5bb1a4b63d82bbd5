-- Serves programs from migration 8.
-- Whose states these are: a silo that is told another name for the installation would find none, and serve an empty one in its place.
ALTER TABLE jamemr_store ADD COLUMN service_id text;
UPDATE jamemr_store SET service_id = (SELECT service_id FROM jamemr_state LIMIT 1);
