from django.db import migrations

# Accounts may go: their keys become empty, the names beside them stay.
HELPERS = """
CREATE FUNCTION voting_same(before jsonb, after jsonb, VARIADIC but text[] DEFAULT '{}') RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    WITH people(names) AS (VALUES (ARRAY['by_id', 'person_id', 'prepared_by_id', 'withdrawn_by_id']))
    SELECT (before - names - but) = (after - names - but)
       AND NOT EXISTS (
           SELECT FROM unnest(names) AS name
           WHERE name <> ALL (but) AND after ->> name IS NOT NULL AND after -> name <> before -> name
       )
    FROM people
$$;

CREATE FUNCTION voting_refuse(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = what;
END $$;

-- To which vote a row of any of the tables belongs.
CREATE FUNCTION voting_vote_of(row_of jsonb) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN row_of ? 'vote_id' THEN (row_of ->> 'vote_id')::bigint
        WHEN row_of ? 'elector_id' THEN
            (SELECT vote_id FROM voting_elector WHERE id = (row_of ->> 'elector_id')::bigint)
        WHEN row_of ? 'question_id' THEN
            (SELECT vote_id FROM voting_question WHERE id = (row_of ->> 'question_id')::bigint)
        WHEN row_of ? 'ballot_id' THEN
            (SELECT e.vote_id FROM voting_ballot b JOIN voting_elector e ON e.id = b.elector_id
             WHERE b.id = (row_of ->> 'ballot_id')::bigint)
    END
$$;

-- Every question answered, each with what may be answered to it.
CREATE FUNCTION voting_answers_fit(vote bigint, answers jsonb, is_paper boolean) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT jsonb_typeof(answers) = 'object'
       AND (SELECT count(*) FROM jsonb_object_keys(answers))
           = (SELECT count(*) FROM voting_question WHERE vote_id = vote)
       AND NOT EXISTS (
           SELECT FROM voting_question q
           WHERE q.vote_id = vote AND NOT coalesce(
               answers ->> q.id::text = 'abstain'
               OR (is_paper AND answers ->> q.id::text = 'blank')
               OR (q.kind = 'motion' AND answers ->> q.id::text IN ('for', 'against'))
               OR (q.kind = 'choice' AND EXISTS (
                   SELECT FROM voting_option o
                   WHERE o.question_id = q.id AND o.id::text = answers ->> q.id::text)),
               false)
       )
$$;
"""

# A vote itself: free until it opens, then it goes forward alone.
OF_A_VOTE = """
CREATE FUNCTION voting_keep_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('draft', 'scheduled') THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        IF NEW.state NOT IN ('draft', 'scheduled', 'open', 'cancelled') THEN
            PERFORM voting_refuse('a vote is opened before it is closed');
        END IF;
        IF NEW.state = 'open' AND NEW.elector_count IS DISTINCT FROM
                (SELECT count(*) FROM voting_elector WHERE vote_id = NEW.id) THEN
            PERFORM voting_refuse('a vote opens with the electors that are written down');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        PERFORM voting_refuse('a vote that was opened or cancelled stays');
    END IF;
    IF voting_same(to_jsonb(OLD), to_jsonb(NEW)) THEN
        RETURN NEW;
    END IF;
    IF OLD.state IN ('closed', 'cancelled') THEN
        PERFORM voting_refuse('a closed or cancelled vote does not change');
    END IF;
    IF NOT voting_same(
            to_jsonb(OLD), to_jsonb(NEW), 'state', 'closes_at', 'closed_at', 'voted_count', 'has_quorum') THEN
        PERFORM voting_refuse('nothing of an open vote changes but when it closes');
    END IF;
    IF NEW.closes_at <> OLD.closes_at AND NOT (
            OLD.state = 'open' AND NEW.state = 'open' AND NEW.closes_at > OLD.closes_at AND EXISTS (
                SELECT FROM voting_extension
                WHERE vote_id = NEW.id AND closes_before = OLD.closes_at AND closes_after = NEW.closes_at)) THEN
        PERFORM voting_refuse('an open vote is only made longer, with a reason');
    END IF;
    IF NEW.state NOT IN ('open', 'counting', 'closed') OR (OLD.state = 'counting' AND NEW.state = 'open') THEN
        PERFORM voting_refuse('a vote does not go back');
    END IF;
    IF NEW.state = 'closed' THEN
        IF EXISTS (
                SELECT FROM voting_conflict c JOIN voting_elector e ON e.id = c.elector_id
                WHERE e.vote_id = NEW.id AND c.settled_at IS NULL) THEN
            PERFORM voting_refuse('a vote is not closed while ballots are in conflict');
        END IF;
        IF EXISTS (
                SELECT FROM voting_question q LEFT JOIN voting_result r ON r.question_id = q.id
                WHERE q.vote_id = NEW.id AND r.id IS NULL) THEN
            PERFORM voting_refuse('a closed vote has a result of every question');
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keep_what_was_opened BEFORE UPDATE OR DELETE ON voting_vote
FOR EACH ROW EXECUTE FUNCTION voting_keep_vote();

CREATE FUNCTION voting_new_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state NOT IN ('draft', 'scheduled') THEN
        PERFORM voting_refuse('a vote begins as a draft');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER begin_as_a_draft BEFORE INSERT ON voting_vote
FOR EACH ROW EXECUTE FUNCTION voting_new_vote();
"""

# What hangs on a vote. FOR SHARE waits for whoever closes it, and lets nobody close it in between.
OF_ITS_ROWS = """
CREATE FUNCTION voting_keep_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END;
    vote voting_vote%ROWTYPE;
    vote_id_of bigint := voting_vote_of(coalesce(old_row, new_row));
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF voting_same(old_row, new_row) THEN
            RETURN NEW;
        END IF;
        IF voting_vote_of(new_row) IS DISTINCT FROM vote_id_of THEN
            PERFORM voting_refuse('a row does not go from one vote to another');
        END IF;
    END IF;
    SELECT * INTO vote FROM voting_vote WHERE id = vote_id_of FOR SHARE;

    IF TG_TABLE_NAME IN (
            'voting_question', 'voting_option', 'voting_votedocument', 'voting_elector', 'voting_electorbook') THEN
        IF vote.state NOT IN ('draft', 'scheduled') THEN
            PERFORM voting_refuse('the wording and the electors of an opened vote do not change');
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM voting_refuse('what was done in a vote stays');
    ELSIF vote.state NOT IN ('open', 'counting') THEN
        PERFORM voting_refuse('nothing is added to a vote that is not open');
    ELSIF TG_TABLE_NAME IN ('voting_notice', 'voting_extension') THEN
        IF TG_OP = 'UPDATE' OR vote.state <> 'open' THEN
            PERFORM voting_refuse('what people were told is only added, while the vote is open');
        END IF;
    ELSIF TG_TABLE_NAME = 'voting_ballot' THEN
        IF vote.state <> 'open' OR (new_row ->> 'cast_at')::timestamptz < vote.opens_at
                OR (new_row ->> 'cast_at')::timestamptz >= vote.closes_at THEN
            PERFORM voting_refuse('a ballot is cast while the vote is open');
        END IF;
        IF TG_OP = 'UPDATE' AND NOT voting_same(
                old_row, new_row, 'answers', 'cast_at', 'by_id', 'by_name', 'receipt') THEN
            PERFORM voting_refuse('a ballot stays with its premises');
        END IF;
        IF NOT voting_answers_fit(vote.id, new_row -> 'answers', false) THEN
            PERFORM voting_refuse('a ballot answers every question');
        END IF;
    ELSIF TG_TABLE_NAME = 'voting_ballotchange' THEN
        IF TG_OP = 'UPDATE' OR vote.state <> 'open' THEN
            PERFORM voting_refuse('the history of a ballot is only added to');
        END IF;
    ELSIF TG_TABLE_NAME = 'voting_paperballot' THEN
        IF TG_OP = 'UPDATE' AND (
                old_row ->> 'withdrawn_at' IS NOT NULL OR new_row ->> 'withdrawn_at' IS NULL
                OR NOT voting_same(old_row, new_row,
                    'withdrawn_at', 'withdrawn_by_id', 'withdrawn_by_name', 'withdrawn_reason')) THEN
            PERFORM voting_refuse('a paper ballot is only withdrawn, once');
        END IF;
        IF NOT voting_answers_fit(vote.id, new_row -> 'answers', true) THEN
            PERFORM voting_refuse('a ballot answers every question');
        END IF;
    ELSIF TG_TABLE_NAME = 'voting_conflict' THEN
        IF TG_OP = 'UPDATE' AND (
                old_row ->> 'settled_at' IS NOT NULL OR new_row ->> 'settled_at' IS NULL
                OR NOT voting_same(old_row, new_row,
                    'outcome', 'paper_id', 'reason', 'settled_at', 'by_id', 'by_name')) THEN
            PERFORM voting_refuse('a conflict is only settled, once');
        END IF;
    ELSIF TG_TABLE_NAME = 'voting_result' THEN
        IF TG_OP = 'UPDATE' THEN
            PERFORM voting_refuse('a result does not change');
        END IF;
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
"""

TABLES = (
    "question", "option", "votedocument", "elector", "electorbook", "notice", "extension", "ballot",
    "ballotchange", "paperballot", "conflict", "result",
)  # fmt: skip

TRIGGERS = "\n".join(
    f"CREATE TRIGGER keep_what_was_voted BEFORE INSERT OR UPDATE OR DELETE ON voting_{table} "
    "FOR EACH ROW EXECUTE FUNCTION voting_keep_rows();"
    for table in TABLES
)

UNDO = "\n".join(
    [f"DROP TRIGGER keep_what_was_voted ON voting_{table};" for table in TABLES]
    + [
        "DROP TRIGGER keep_what_was_opened ON voting_vote;",
        "DROP TRIGGER begin_as_a_draft ON voting_vote;",
        "DROP FUNCTION voting_keep_rows(), voting_keep_vote(), voting_new_vote();",
        "DROP FUNCTION voting_answers_fit(bigint, jsonb, boolean), voting_vote_of(jsonb), voting_refuse(text);",
        "DROP FUNCTION voting_same(jsonb, jsonb, text[]);",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("voting", "0001_votes_and_ballots")]

    operations = [
        migrations.RunSQL(HELPERS + OF_A_VOTE + OF_ITS_ROWS + TRIGGERS, UNDO),
    ]
