package io.lockstep.gateway.access;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.access.rules.Permissions;
import io.lockstep.access.rules.Principal;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadDecisionsTest {
    @Test
    void shouldForgetWhatMayBeReadWhenTheRulesChange() {
        final ReadDecisions decisions = new ReadDecisions();
        final Permissions before = of("ann", "c", "allow * read a");
        final Permissions after = of("ann", "c", "allow * read b");

        assertTrue(decisions.mayRead(before, "a"));
        assertTrue(decisions.mayRead(before, "a"));
        assertFalse(decisions.mayRead(before, "b"));
        assertFalse(decisions.mayRead(after, "a"));
        assertTrue(decisions.mayRead(after, "b"));
    }

    private static Permissions of(final String user, final String clientId, final String... lines) {
        return AccessRules.parse("rules.txt", List.of(lines)).permissionsOf(new Principal(user, clientId));
    }
}
