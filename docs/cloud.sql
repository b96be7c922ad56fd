-- The table of the `cloud` store, for MariaDB 10.4 or newer and MySQL 8, and the table of its locks.
-- Put your own name for `izypop3` (letters, digits and _); the second table is called the same with
-- `_lock` behind it.
--
-- The first nine columns are those that every client of the data service knows. The others may be
-- missing, each for a price:
--
--   identity    a hash of sourceid and guid, made by the database for every client's rows. With it
--               sourceid and guid may be of any length. Without it, make the unique key
--               (groupid, sourceid, guid) on columns that tell capital letters and trailing blanks
--               apart (varbinary, or a binary collation): a key that does not makes messages
--               duplicates of others, and adding them is refused.
--   writer      who made the row. Without it two who add the same message in the same millisecond
--               may both be told that it was theirs; it is there once all the same.
--   wiresize, stuffing, fingerprint
--               the facts of the payload. Rows of clients that do not know these columns are
--               measured, once, when they are first listed. Without the columns that happens each
--               time a store is opened, and there are no fingerprints.
--
-- `max_allowed_packet` must be more than twice the largest message, and what stands before the
-- database (post_max_size of PHP, say) must let twice that pass, with `hex` encoding four times.

create table izypop3 (
  id bigint not null auto_increment primary key,
  status int not null default 0,                  -- 0 unread, 1 archive, 2 staged, 3 dup,
                                                  -- 4 pop3failed, 5 conversionerror
  groupid bigint not null default 0,              -- which mailbox
  messageUTCTimestamp bigint not null default 0,  -- the message's own date, ms since 1970, UTC
  created bigint not null default 0,              -- when the row was made, ms since 1970, UTC
  sourceid blob not null,                         -- where it came from; UTF-8
  guid blob not null,                             -- its unique id there; UTF-8
  size bigint not null default 0,                 -- octets of the payload
  payload longblob not null,

  identity binary(32) as (
    unhex(sha2(concat(unhex(sha2(sourceid, 256)), unhex(sha2(guid, 256))), 256))
  ) stored,
  writer binary(16) null,
  wiresize bigint null,                           -- octets on the wire, with CRLF, before stuffing
  stuffing tinyint null,                          -- whether a line begins with a dot
  fingerprint char(64) character set ascii null,  -- SHA-256 of the payload

  unique key identity (groupid, identity),
  key listing (groupid, status, created, id),
  key source (groupid, sourceid(100))
) engine = InnoDB default character set utf8mb4;

-- Leases: who uses which mailbox, until when (seconds since 1970, by the clock of the database).
-- Without this table a maildrop is locked against sessions of the same server process only.
create table izypop3_lock (
  groupid bigint not null primary key,
  holder binary(16) not null,
  owner varbinary(400) not null,
  expires bigint not null
) engine = InnoDB default character set utf8mb4;

-- A table that is there already gets the columns with the following. The first statement fails if
-- there are doubles: it is for you to say which of them to keep.
--
-- alter table izypop3
--   add column identity binary(32) as (
--     unhex(sha2(concat(unhex(sha2(sourceid, 256)), unhex(sha2(guid, 256))), 256))
--   ) stored,
--   add unique key identity (groupid, identity);
-- alter table izypop3
--   add column writer binary(16) null,
--   add column wiresize bigint null,
--   add column stuffing tinyint null,
--   add column fingerprint char(64) character set ascii null,
--   add key listing (groupid, status, created, id);
