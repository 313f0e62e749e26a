-- Ends the call with a status for people: `code` is TJ0NN with NN the gRPC code, `field` the request's.
create function internal.refuse(code text, field text, message text) returns void language plpgsql as $$
begin
    raise exception using errcode = code, column = coalesce(field, ''), message = message;
end
$$;
