DROP TABLE deleted_audience;
