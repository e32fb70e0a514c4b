package io.lockstep.gateway;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.codecs.GatewayRefusal;
import io.lockstep.gateway.aeron.FrontAccess;
import io.lockstep.gateway.bridge.ClusterAccess;
import io.lockstep.gateway.mqtt.AccessPolicy;
import io.lockstep.gateway.mqtt.Credentials;

/** The gateway's users and rules, for native clients. Any thread. */
final class AeronAccess implements FrontAccess {
    private final AccessPolicy policy;
    private final ClusterAccess clusterAccess;

    AeronAccess(final AccessPolicy policy, final ClusterAccess clusterAccess) {
        this.policy = policy;
        this.clusterAccess = clusterAccess;
    }

    @Override
    public boolean isDecided() {
        return clusterAccess.isDecided();
    }

    @Override
    public void logIn(final String user, final byte[] password, final Listener listener) {
        policy.logIn(new Credentials(user, password, null), (result, provenUser, needsRecord) -> {
            final GatewayRefusal refusal = switch (result) {
                case ACCEPTED -> null;
                case BAD_CREDENTIALS -> GatewayRefusal.BAD_CREDENTIALS;
                case NOT_ALLOWED -> GatewayRefusal.NOT_ALLOWED;
                case BUSY -> GatewayRefusal.BUSY;
            };
            listener.onLogin(refusal, provenUser, needsRecord);
        });
    }

    @Override
    public AccessRules rules() {
        return policy.rules();
    }

    @Override
    public boolean isKnown(final String user) {
        return policy.isKnown(user);
    }
}
