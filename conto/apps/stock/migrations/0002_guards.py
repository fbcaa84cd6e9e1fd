from django.db import migrations

# What is on hand follows the moves in the same statement. Each move stands on the one before it: it continues its
# ordinal, quantity and value, so none can be put in between, and two at once cannot take the same goods.
FOLLOW = """
CREATE FUNCTION stock_follow_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE wrong record;
BEGIN
    PERFORM 1 FROM stock_stockitem WHERE id IN (SELECT stock_item_id FROM added) ORDER BY id FOR UPDATE;

    SELECT m.id INTO wrong
    FROM added m JOIN stock_stockitem s ON s.id = m.stock_item_id
        LEFT JOIN stock_stockmove p ON p.stock_item_id = m.stock_item_id AND p.ordinal = m.ordinal - 1
    WHERE m.ordinal <= s.move_count
        OR (m.ordinal = 1) <> (p.id IS NULL)
        OR m.quantity_after <> coalesce(p.quantity_after, 0) + m.quantity
        OR m.value_after_minor <> coalesce(p.value_after_minor, 0) + m.value_minor
        OR NOT s.is_kept
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'move % does not stand on the one before it', wrong.id USING ERRCODE = 'check_violation',
            CONSTRAINT = 'stock_move_stands_on_last';
    END IF;

    SELECT m.id INTO wrong
    FROM added m JOIN stock_stockitem s ON s.id = m.stock_item_id
    WHERE NOT s.may_go_below_zero AND m.quantity < 0 AND m.quantity_after < 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'move % takes more than is on hand', wrong.id USING ERRCODE = 'check_violation',
            CONSTRAINT = 'stock_on_hand';
    END IF;

    UPDATE stock_stockitem s
    SET quantity = m.quantity_after, value_minor = m.value_after_minor, average_minor = m.average_after_minor,
        move_count = m.ordinal
    FROM (SELECT DISTINCT ON (stock_item_id) * FROM added ORDER BY stock_item_id, ordinal DESC) m
    WHERE s.id = m.stock_item_id;
    RETURN NULL;
END $$;
CREATE TRIGGER stock_item_follows_moves AFTER INSERT ON stock_stockmove REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION stock_follow_moves();

CREATE FUNCTION stock_begins_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.quantity <> 0 OR NEW.value_minor <> 0 OR NEW.move_count <> 0 OR NOT NEW.is_kept THEN
        RAISE EXCEPTION 'stock begins with nothing on hand' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stock_item_begins_empty BEFORE INSERT ON stock_stockitem
    FOR EACH ROW EXECUTE FUNCTION stock_begins_empty();
REVOKE EXECUTE ON FUNCTION stock_follow_moves(), stock_begins_empty() FROM PUBLIC;
"""
FROZEN = """
CREATE TRIGGER stock_move_is_append_only BEFORE UPDATE OR DELETE ON stock_stockmove
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER stock_move_is_not_truncated BEFORE TRUNCATE ON stock_stockmove
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER line_cost_is_append_only BEFORE UPDATE OR DELETE ON stock_linecost
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER line_cost_is_not_truncated BEFORE TRUNCATE ON stock_linecost
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER stock_item_is_not_removed BEFORE DELETE ON stock_stockitem
    FOR EACH ROW EXECUTE FUNCTION conto_refuse_change();
CREATE TRIGGER stock_item_is_not_truncated BEFORE TRUNCATE ON stock_stockitem
    FOR EACH STATEMENT EXECUTE FUNCTION conto_refuse_change();

GRANT SELECT, INSERT ON stock_stockitem, stock_stockmove, stock_linecost TO conto_app;
GRANT UPDATE (may_go_below_zero, reorder_level, is_kept, changed_at) ON stock_stockitem TO conto_app;
"""
# The application may not write what is on hand. It may ask for it to be made anew, from the moves and nothing else.
REBUILD = """
CREATE FUNCTION conto_rebuild_stock() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE changed bigint;
BEGIN
    -- Whoever moves goods is waited for, so that the statement below sees every move.
    LOCK TABLE stock_stockitem IN SHARE ROW EXCLUSIVE MODE;
    UPDATE stock_stockitem s
    SET quantity = coalesce(m.quantity_after, 0), value_minor = coalesce(m.value_after_minor, 0),
        average_minor = coalesce(m.average_after_minor, s.average_minor), move_count = coalesce(m.ordinal, 0)
    FROM stock_stockitem own LEFT JOIN (
        SELECT DISTINCT ON (stock_item_id) * FROM stock_stockmove ORDER BY stock_item_id, ordinal DESC
    ) m ON m.stock_item_id = own.id
    WHERE s.id = own.id AND (s.quantity, s.value_minor, s.average_minor, s.move_count) IS DISTINCT FROM
        (coalesce(m.quantity_after, 0), coalesce(m.value_after_minor, 0),
            coalesce(m.average_after_minor, s.average_minor), coalesce(m.ordinal, 0));
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
REVOKE EXECUTE ON FUNCTION conto_rebuild_stock() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conto_rebuild_stock() TO conto_app;
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_stock"), ("ledger", "0002_guards"), ("audit", "0005_seal_guards")]
    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (FOLLOW, FROZEN, REBUILD)]
