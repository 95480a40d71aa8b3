-- The version of the program of each running server. Servers of earlier versions write none.
ALTER TABLE node ADD COLUMN version TEXT NOT NULL DEFAULT '';
