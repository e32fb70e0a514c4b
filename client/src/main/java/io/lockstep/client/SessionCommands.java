package io.lockstep.client;

import io.lockstep.client.internal.ShardCommand;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ChangeSubscriptionsEncoder;
import io.lockstep.codecs.CloseSessionEncoder;
import io.lockstep.codecs.DeleteSessionEncoder;
import io.lockstep.codecs.DescribeSessionEncoder;
import io.lockstep.codecs.ListRetainedEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenSessionEncoder;
import io.lockstep.codecs.UpdateSessionsEncoder;
import java.util.List;

/** The commands about sessions, to be written when they are sent. */
final class SessionCommands {
    private static final short SUBSCRIBE = 1;
    private static final short UNSUBSCRIBE = 2;
    private static final SessionWill NO_WILL = new SessionWill("", new byte[0], new byte[0], 0);

    private SessionCommands() {}

    static ShardCommand open(final long memberId, final SessionOpening opening) {
        final SessionWill will = opening.will() == null ? NO_WILL : opening.will();
        return (buffer, header, correlationId) -> new OpenSessionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .memberId(memberId)
                .connectionId(opening.connectionId())
                .epoch(opening.epoch())
                .sessionId(opening.sessionId())
                .expiryNs(opening.expiryNs())
                .willDelayNs(will.delayNs())
                .cleanStart(booleanOf(opening.isCleanStart()))
                .hasWill(booleanOf(opening.will() != null))
                .clientId(opening.clientId())
                .willTopic(will.topic())
                .putWillHeaders(will.headers(), 0, will.headers().length)
                .putWillPayload(will.payload(), 0, will.payload().length);
    }

    static ShardCommand describe(final long sessionId, final int afterCount) {
        return (buffer, header, correlationId) -> new DescribeSessionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .sessionId(sessionId)
                .afterCount(afterCount);
    }

    static ShardCommand change(
            final long sessionId, final long epoch, final List<SubscriptionChange> changes, final byte[] principal) {
        return (buffer, header, correlationId) -> {
            final ChangeSubscriptionsEncoder encoder = new ChangeSubscriptionsEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .correlationId(correlationId)
                    .sessionId(sessionId)
                    .epoch(epoch);
            final ChangeSubscriptionsEncoder.ChangesEncoder group = encoder.changesCount(changes.size());
            for (final SubscriptionChange change : changes) {
                final boolean isSubscribing = change.isSubscribing();
                group.next()
                        .subscriptionId(isSubscribing ? change.identifier() : 0)
                        .options((short) (isSubscribing ? change.options() : 0))
                        .kind(isSubscribing ? SUBSCRIBE : UNSUBSCRIBE)
                        .filter(change.filter());
            }
            return encoder.putPrincipal(principal, 0, principal.length);
        };
    }

    static ShardCommand update(final SessionUpdates updates) {
        return (buffer, header, correlationId) -> {
            // The buffer grows once, and not piece by piece.
            buffer.checkLimit(MessageHeaderEncoder.ENCODED_LENGTH
                    + UpdateSessionsEncoder.BLOCK_LENGTH
                    + UpdateSessionsEncoder.UpdatesEncoder.sbeHeaderSize()
                    + updates.count() * UpdateSessionsEncoder.UpdatesEncoder.sbeBlockLength());
            final UpdateSessionsEncoder encoder = new UpdateSessionsEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .correlationId(correlationId);
            final UpdateSessionsEncoder.UpdatesEncoder group = encoder.updatesCount(updates.count());
            for (int i = 0; i < updates.count(); i++) {
                group.next()
                        .sessionId(updates.sessionId(i))
                        .epoch(updates.epoch(i))
                        .value(updates.value(i))
                        .position(updates.position(i))
                        .kind(updates.kind(i));
            }
            return encoder;
        };
    }

    static ShardCommand close(final long sessionId, final long epoch, final long expiryNs, final boolean keepsWill) {
        return (buffer, header, correlationId) -> new CloseSessionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .sessionId(sessionId)
                .epoch(epoch)
                .expiryNs(expiryNs)
                .keepsWill(booleanOf(keepsWill));
    }

    static ShardCommand lastValues(final String filter, final int afterTopicId, final long upToPosition) {
        return (buffer, header, correlationId) -> new ListRetainedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .afterTopicId(afterTopicId)
                .upToPosition(upToPosition)
                .filter(filter);
    }

    static ShardCommand delete(final String clientId) {
        return (buffer, header, correlationId) -> new DeleteSessionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .clientId(clientId);
    }

    private static BooleanType booleanOf(final boolean value) {
        return value ? BooleanType.TRUE : BooleanType.FALSE;
    }
}
