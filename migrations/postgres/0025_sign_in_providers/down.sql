DROP TABLE sign_in_provider;
