DROP INDEX member_token_by_kind;
