package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the clients of gateways may do, on whose behalf these keep sessions: subscribe, and leave wills. A will is asked about
 * when it is left and again when its time has come, because the rules may be others by then.
 */
final class ClientAccess {
    private final PartList parts;
    private final Callers callers;
    private final AccessAudit audit;

    ClientAccess(final PartList parts, final Callers callers, final AccessAudit audit) {
        this.parts = parts;
        this.callers = callers;
        this.audit = audit;
    }

    /** Whether a session with the cluster may leave the will; {@code topic} is null where it does not exist yet. */
    ResultCode check(
            final long clusterSessionId, final MessageContent content, final Topic topic, final long logPosition) {
        if (!content.traits().hasPrincipal()) {
            return ResultCode.ACCEPTED;
        }
        if (parts.shard().featureLevel() < Engine.ACCESS_LEVEL) {
            return ResultCode.BAD_HEADERS;
        }
        return callers.of(clusterSessionId).isTrusted() && mayPublish(content, topic, logPosition)
                ? ResultCode.ACCEPTED
                : ResultCode.NOT_AUTHORIZED;
    }

    /** Whether the will may be published now; where not, that is told. */
    boolean mayPublish(final MessageContent content, final Topic topic, final long logPosition) {
        if (!content.traits().hasPrincipal()) {
            return true;
        }
        final Caller who = callers.ofBytes(
                content.buffer(),
                content.traits().principalOffset(),
                content.traits().principalLength());
        if (who.mayPublish(parts.access(), topic, content.buffer(), content.nameOffset(), content.nameLength())) {
            return true;
        }
        final byte[] name = QueryHandler.copy(content.buffer(), content.nameOffset(), content.nameLength());
        audit.tell(who.principal(), "publish", new String(name, StandardCharsets.UTF_8), logPosition);
        return false;
    }

    /** Whether the client may subscribe to a valid filter; where not, that is told. */
    boolean maySubscribe(final byte[] encodedPrincipal, final byte[] filter, final long logPosition) {
        if (encodedPrincipal.length == 0 || !parts.access().isOn()) {
            return true;
        }
        final Caller who = callers.ofBytes(new UnsafeBuffer(encodedPrincipal), 0, encodedPrincipal.length);
        final String text = new String(filter, StandardCharsets.UTF_8);
        if (who.maySubscribe(parts.access(), text)) {
            return true;
        }
        audit.tell(who.principal(), "subscribe", text, logPosition);
        return false;
    }
}
