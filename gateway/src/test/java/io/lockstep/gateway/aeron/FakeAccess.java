package io.lockstep.gateway.aeron;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.codecs.GatewayRefusal;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Knows one user, anna, whose password is secret; everything is allowed until rules are given. */
final class FakeAccess implements FrontAccess {
    private AccessRules rules = AccessRules.ALLOW_ALL;
    private boolean isAnnaKnown = true;

    void rules(final String... lines) {
        rules = AccessRules.parse("rules", List.of(lines));
    }

    void isAnnaKnown(final boolean newIsAnnaKnown) {
        isAnnaKnown = newIsAnnaKnown;
    }

    @Override
    public boolean isDecided() {
        return true;
    }

    @Override
    public void logIn(final String user, final byte[] password, final Listener listener) {
        final boolean isRight = "anna".equals(user) && "secret".equals(new String(password, StandardCharsets.UTF_8));
        listener.onLogin(isRight ? null : GatewayRefusal.BAD_CREDENTIALS, isRight ? user : null, true);
    }

    @Override
    public AccessRules rules() {
        return rules;
    }

    @Override
    public boolean isKnown(final String user) {
        return isAnnaKnown;
    }
}
