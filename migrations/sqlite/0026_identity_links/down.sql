DROP TABLE identity_link;
