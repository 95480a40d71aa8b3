DROP TABLE node_keys;
DROP TABLE master_key;
