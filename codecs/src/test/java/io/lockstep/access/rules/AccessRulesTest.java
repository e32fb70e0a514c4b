package io.lockstep.access.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessRulesTest {
    @Test
    void shouldTakeTheFirstRuleThatMatchesWhenSeveralDo() {
        final Permissions ann = of("ann", "c", "deny user ann publish a/secret", "allow * publish a/#");

        assertFalse(ann.mayPublish("a/secret"));
        assertTrue(ann.mayPublish("a/other"));
        assertTrue(ann.mayPublish("a"));
    }

    @Test
    void shouldRefuseWhenNoRuleMatches() {
        final Permissions ann = of("ann", "c", "allow user bob all #", "allow anonymous all #", "allow * read a");

        assertFalse(ann.mayPublish("a"));
        assertFalse(ann.maySubscribe("a"));
        assertTrue(ann.mayRead("a"));
        assertFalse(of("ann", "c").mayRead("a"));
    }

    @Test
    void shouldAllowEverythingWhenThereAreNoRules() {
        final Permissions ann = AccessRules.ALLOW_ALL.permissionsOf(new Principal("ann", "c"));

        assertTrue(ann.mayPublish("a") && ann.maySubscribe("#") && ann.mayRead("$dead/a"));
    }

    @Test
    void shouldTellTheNamelessApartWhenARuleIsAboutThem() {
        assertTrue(of(null, "c", "allow anonymous all a").mayRead("a"));
        assertFalse(of("anonymous", "c", "allow anonymous all a").mayRead("a"));
        assertFalse(of(null, "c", "allow user anonymous all a").mayRead("a"));
    }

    @Test
    void shouldPutNamesInWhenTheyAreHarmless() {
        final Permissions ann = of("ann", "c7", "allow * all home/%u/#", "allow * all device/%c");

        assertTrue(ann.mayPublish("home/ann/x"));
        assertFalse(ann.mayPublish("home/bob/x"));
        assertTrue(ann.mayPublish("device/c7"));
        assertFalse(ann.mayPublish("device/%c"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"+", "#", "a/b", "a/#", "x+", "$dead", ""})
    void shouldNeverMatchWhenANameWouldWidenTheFilter(final String name) {
        final Permissions client = of(name, name, "allow * all %u/#", "allow * all d/%c", "allow * all x/%c");

        for (final String topic : List.of("a/b", "d/a", "d/+", "d/" + name, "$dead/a", name + "/a", "x/y")) {
            assertFalse(client.mayPublish(topic), topic);
            assertFalse(client.mayRead(topic), topic);
            assertFalse(client.maySubscribe(topic), topic);
        }
    }

    @Test
    void shouldNotLookAtANameAgainWhenItWasPutIn() {
        final Permissions client = of("%c", "victim", "allow * all home/%u");

        assertTrue(client.mayPublish("home/%c"));
        assertFalse(client.mayPublish("home/victim"));
    }

    @Test
    void shouldNotMatchPercentUWhenThereIsNoUser() {
        assertFalse(of(null, "c", "allow * all home/%u/#").mayPublish("home//x"));
    }

    @ParameterizedTest
    @CsvSource({
        "#, #, true",
        "#, a/b, true",
        "#, $dead/#, false",
        "+/x, $a/x, false",
        "$dead/#, $dead/+/x, true",
        "a/#, a, true",
        "a/#, a/#, true",
        "a/#, a/+/c, true",
        "a/+, a/#, false",
        "a/+, a/+, true",
        "a/+, a/b, true",
        "a/b, a/+, false",
        "a/b, a/b, true",
        "a/b, a, false",
        "a, a/b, false",
        "a/#, #, false",
        "a/#, +/b, false",
        "a, $share/g/a, true",
        "a, $share/g/b, false",
        "a, a/$3, true",
        "b, a/$3, false",
        "+, +/#, false"
    })
    void shouldAllowASubscriptionWhenARuleCoversAllItsTopics(
            final String rule, final String filter, final boolean isAllowed) {
        assertEquals(isAllowed, of("ann", "c", "allow * subscribe " + rule).maySubscribe(filter));
    }

    @Test
    void shouldGuardPartitionsWhenTheirTopicIsGuarded() {
        final Permissions ann = of("ann", "c", "deny * all a", "allow * all #");

        assertFalse(ann.mayPublish("a/$3"));
        assertFalse(ann.mayRead("a/$3"));
        assertFalse(ann.maySubscribe("a/$3"));
    }

    @Test
    void shouldTakeTheRestOfTheLineWhenATopicHasSpaces() {
        assertTrue(of("ann", "c", "  allow\t*  read   a b/c  ").mayRead("a b/c"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "allow",
                "permit * all #",
                "allow ann all #",
                "allow user ann",
                "allow user ann all",
                "allow * write #",
                "allow * all",
                "allow * all a#",
                "allow * all a/$3",
                "deny * all home/%u",
                "allow * admin #"
            })
    void shouldNameFileAndLineWhenALineIsBad(final String line) {
        final IllegalArgumentException error = assertThrows(
                IllegalArgumentException.class, () -> AccessRules.parse("rules.txt", List.of("# rules", "", line)));

        assertTrue(error.getMessage().startsWith("rules.txt, line 3: "), error.getMessage());
    }

    @Test
    void shouldLetOnlyThoseAdministerWhomARuleNames() {
        final String[] rules = {"deny user eve admin", "allow user ann admin", "allow * all #"};

        assertTrue(of("ann", "c", rules).mayAdminister());
        assertFalse(of("eve", "c", rules).mayAdminister());
        assertFalse(of("bob", "c", rules).mayAdminister(), "all is about topics");
        assertFalse(of("ann", "c", "allow user ann admin").mayPublish("a"));
        assertTrue(AccessRules.ALLOW_ALL.permissionsOf(new Principal(null, "c")).mayAdminister());
    }

    @Test
    void shouldLetTheAuditTopicBeReadOnlyWhereARuleSaysSo() {
        final Permissions any = AccessRules.ALLOW_ALL.permissionsOf(new Principal("ann", "c"));

        assertFalse(any.mayRead("$audit/access"));
        assertFalse(any.maySubscribe("$audit/#"));
        assertFalse(any.maySubscribe("$share/g/$audit/access"));
        assertTrue(any.mayRead("$audits") && any.maySubscribe("$dead/#"));
        assertFalse(of("ann", "c", "allow * all #").maySubscribe("$audit/#"));
        assertTrue(of("ann", "c", "allow user ann all $audit/#").maySubscribe("$audit/#"));
    }

    private static Permissions of(final String user, final String clientId, final String... lines) {
        return AccessRules.parse("rules.txt", List.of(lines)).permissionsOf(new Principal(user, clientId));
    }
}
