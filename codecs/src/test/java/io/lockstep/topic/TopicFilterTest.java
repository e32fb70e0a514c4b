package io.lockstep.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class TopicFilterTest {
    // Filter, name, whether it matches. The first block is taken from MQTT 5.0, section 4.7.
    private static final String[][] TABLE = {
        {"sport/tennis/player1/#", "sport/tennis/player1", "yes"},
        {"sport/tennis/player1/#", "sport/tennis/player1/ranking", "yes"},
        {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", "yes"},
        {"sport/#", "sport", "yes"},
        {"#", "sport/tennis", "yes"},
        {"sport/tennis/+", "sport/tennis/player1", "yes"},
        {"sport/tennis/+", "sport/tennis/player2", "yes"},
        {"sport/tennis/+", "sport/tennis/player1/ranking", "no"},
        {"sport/+", "sport", "no"},
        {"sport/+", "sport/", "yes"},
        {"+/+", "/finance", "yes"},
        {"/+", "/finance", "yes"},
        {"+", "/finance", "no"},
        {"#", "$SYS/monitor", "no"},
        {"+/monitor/Clients", "$SYS/monitor/Clients", "no"},
        {"$SYS/#", "$SYS/monitor/Clients", "yes"},
        {"$SYS/monitor/+", "$SYS/monitor/Clients", "yes"},
        {"+/tennis/#", "sport/tennis/x", "yes"},
        {"sport/+/player1", "sport/tennis/player1", "yes"},
        {"sport/+/player1", "sport//player1", "yes"},
        {"ACCOUNTS", "Accounts", "no"},
        {"/finance", "finance", "no"},
        // And what else can go wrong.
        {"a", "a", "yes"},
        {"a", "b", "no"},
        {"a", "aa", "no"},
        {"aa", "a", "no"},
        {"a/b", "a", "no"},
        {"a", "a/b", "no"},
        {"a/", "a", "no"},
        {"a", "a/", "no"},
        {"a/#", "a/", "yes"},
        {"a/#", "ab", "no"},
        {"a/#", "a/b/c/d", "yes"},
        {"a/+/#", "a", "no"},
        {"a/+/#", "a/b", "yes"},
        {"a/+/#", "a/b/c/d", "yes"},
        {"+/+/+", "a/b", "no"},
        {"+/+/+", "//", "yes"},
        {"+/#", "a", "yes"},
        {"+/#", "/", "yes"},
        {"+", "", "yes"},
        {"a/$x", "a/$x", "yes"},
        {"a/+", "a/$x", "yes"},
        {"äö/+", "äö/ü", "yes"},
        // Partitions match as their topic, unless the filter asks for a partition.
        {"a", "a/$3", "yes"},
        {"a/#", "a/$3", "yes"},
        {"a/+", "a/$3", "no"},
        {"a/+", "a/b/$3", "yes"},
        {"+", "a/$3", "yes"},
        {"#", "a/b/$0", "yes"},
        {"a/b", "a/b/$65535", "yes"},
        {"a/b", "a/b/$65536", "no"},
        {"a/+/+", "a/b/$3", "no"},
        {"a/$3", "a/$3", "yes"},
        {"a/$3", "a/$4", "no"},
        {"a/$3", "a", "no"},
        {"+/$3", "a/$3", "yes"},
        {"+/$3", "a/b/$3", "no"},
        {"a/+/$3", "a/b/$3", "yes"},
        {"$3", "$3", "yes"},
        {"$dead/#", "$dead/a/$3", "yes"},
        {"$dead/a", "$dead/a/$3", "yes"},
        {"#", "$dead/a/$3", "no"},
        {"+/b/+/d", "a/b/c/d", "yes"},
        {"+/b/+/d", "a/b/c/e", "no"},
    };

    @Test
    void shouldMatchAsTheTableSays() {
        for (final String[] row : TABLE) {
            assertEquals(row[2].equals("yes"), matches(row[0], row[1]), row[0] + " on " + row[1]);
        }
    }

    @Test
    void shouldRefuseTextThatIsNoFilter() {
        for (final String text : new String[] {
            "",
            "sport/tennis#",
            "sport/tennis/#/ranking",
            "sport+",
            "a/b+",
            "a/+b",
            "##",
            "#/",
            "a/##",
            "++",
            "a\u0000",
            "x".repeat(1025),
            "\uD800"
        }) {
            if (text.equals("\uD800")) {
                // A lone surrogate becomes a question mark on its way to UTF-8.
                assertEquals("?", new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
            } else {
                assertThrows(IllegalArgumentException.class, () -> TopicFilter.parse(text), text);
            }
        }
    }

    @Test
    void shouldKnowWhetherItHoldsAWildcard() {
        assertTrue(TopicFilter.parse("a/b").isExact());
        assertFalse(TopicFilter.parse("a/+").isExact());
        assertFalse(TopicFilter.parse("#").isExact());
    }

    @Test
    void shouldEqualFiltersOfTheSameText() {
        assertEquals(TopicFilter.parse("a/+"), TopicFilter.parse("a/+"));
        assertEquals(
                TopicFilter.parse("a/+").hashCode(), TopicFilter.parse("a/+").hashCode());
        assertEquals("a/+", TopicFilter.parse("a/+").toString());
    }

    @Test
    void shouldAgreeWithMatchingLevelByLevel() {
        final Random random = new Random(11);
        for (int i = 0; i < 200_000; i++) {
            final String filter = filter(random);
            final String name = name(random);
            assertEquals(matchesByLevel(filter, name), matches(filter, name), filter + " on " + name);
        }
    }

    private static String name(final Random random) {
        final StringBuilder name = new StringBuilder();
        for (int levels = 1 + random.nextInt(4); levels > 0; levels--) {
            name.append(new String[] {"a", "b", "ab", "", "$"}[random.nextInt(5)])
                    .append(levels > 1 ? "/" : "");
        }
        return name.toString();
    }

    private static String filter(final Random random) {
        final StringBuilder filter = new StringBuilder();
        for (int levels = 1 + random.nextInt(4); levels > 0; levels--) {
            filter.append(new String[] {"a", "b", "ab", "+", "$"}[random.nextInt(5)])
                    .append(levels > 1 ? "/" : "");
        }
        return random.nextInt(3) == 0 ? filter + "/#" : filter.toString();
    }

    private static boolean matchesByLevel(final String filter, final String name) {
        final String[] wanted = filter.split("/", -1);
        final String[] levels = name.split("/", -1);
        if (name.startsWith("$") && (wanted[0].equals("+") || wanted[0].equals("#"))) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].equals("#")) {
                return true;
            }
            if (i >= levels.length || !(wanted[i].equals("+") || wanted[i].equals(levels[i]))) {
                return false;
            }
        }
        return wanted.length == levels.length;
    }

    private static boolean matches(final String filter, final String name) {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return TopicFilter.parse(filter).matches(new UnsafeBuffer(bytes), 0, bytes.length);
    }
}
