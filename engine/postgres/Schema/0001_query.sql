-- The statements that Orleans' AdoNet providers run. They ask this table, by this name, for all of them when a silo or client starts,
-- and know nothing of the tables behind them: only the statements' keys, parameters and result columns are fixed.
CREATE TABLE OrleansQuery
(
    QueryKey  text PRIMARY KEY,
    QueryText text NOT NULL
);
