-- Lists of API tokens and personal access tokens are read page by page, without the sessions beside them.
CREATE INDEX member_token_by_kind ON member_token (realm, kind, id);
