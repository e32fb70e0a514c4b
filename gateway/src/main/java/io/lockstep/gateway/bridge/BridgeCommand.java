package io.lockstep.gateway.bridge;

import io.lockstep.client.Sessions;
import java.util.List;

/** What a front end asks of the bridge. Immutable, except that byte arrays change hands and are not to be written to. */
public sealed interface BridgeCommand {
    /**
     * Who asks.
     *
     * @return the session.
     */
    BridgeSession session();

    /**
     * Gives the session of a client to a connection; one that has it is told.
     *
     * @param session      to open.
     * @param isCleanStart whether the session that there is ends and a new one begins.
     * @param expiryNs     how long the session lives on when the connection is over.
     * @param will         to be published when the connection ends, or null.
     */
    record Open(BridgeSession session, boolean isCleanStart, long expiryNs, Will will) implements BridgeCommand {}

    /**
     * The connection of a session is over. What it published before is still published, except for messages with
     * a ticket that wait for their shard: their sender was not answered and sends them again.
     *
     * @param session   to close.
     * @param expiryNs  how long it lives on, or {@link #EXPIRY_AS_OPENED}.
     * @param keepsWill whether the will is published.
     * @param isTold    whether the client was told that the session is open.
     */
    record Close(BridgeSession session, long expiryNs, boolean keepsWill, boolean isTold) implements BridgeCommand {
        /** The session lives on as long as was said when it was opened. */
        public static final long EXPIRY_AS_OPENED = Sessions.EXPIRY_AS_OPENED;
    }

    /**
     * The client needs the packet id of a message with QoS 2 no more (PUBREL).
     *
     * @param session  of the client.
     * @param packetId of the message.
     */
    record Release(BridgeSession session, int packetId) implements BridgeCommand {}

    /**
     * Subscribes to filters.
     *
     * @param session   that subscribes.
     * @param packetId  for the answer.
     * @param requests  one for each filter.
     * @param principal on whose behalf it is, for the access rules of the cluster; not to be changed.
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Subscribe(BridgeSession session, int packetId, List<SubscribeRequest> requests, byte[] principal)
            implements BridgeCommand {}

    /**
     * Ends subscriptions.
     *
     * @param session  that unsubscribes.
     * @param packetId for the answer.
     * @param filters  texts.
     */
    record Unsubscribe(BridgeSession session, int packetId, List<String> filters) implements BridgeCommand {}

    /** Publishes a message. */
    final class Publish implements BridgeCommand {
        /** Ticket of a message that the client wants no answer to. */
        public static final long NO_TICKET = -1;

        /** Packet id of a message that does not have QoS 2. */
        public static final int NO_PACKET = 0;

        private final BridgeSession session;
        private final long ticket;
        private final int packetId;
        private final String topic;
        private final byte[] headers;
        private final byte[] payload;

        /**
         * Creates the command.
         *
         * @param session that publishes.
         * @param ticket  for the session, or {@link #NO_TICKET}.
         * @param packetId of a message with QoS 2, else {@link #NO_PACKET}.
         * @param topic   a valid name.
         * @param headers header block, not written to any more.
         * @param payload payload, not written to any more.
         */
        public Publish(
                final BridgeSession session,
                final long ticket,
                final int packetId,
                final String topic,
                final byte[] headers,
                final byte[] payload) {
            this.session = session;
            this.ticket = ticket;
            this.packetId = packetId;
            this.topic = topic;
            this.headers = headers;
            this.payload = payload;
        }

        @Override
        public BridgeSession session() {
            return session;
        }

        /**
         * For the session.
         *
         * @return the ticket, or {@link #NO_TICKET}.
         */
        public long ticket() {
            return ticket;
        }

        /**
         * Packet id of a message that is to be accepted exactly once.
         *
         * @return the id, or {@link #NO_PACKET} where it does not have QoS 2.
         */
        public int packetId() {
            return packetId;
        }

        /**
         * Whether the client wants an answer, and sends the message again where it gets none.
         *
         * @return true if there is a ticket.
         */
        public boolean hasTicket() {
            return ticket != NO_TICKET;
        }

        /**
         * Name of the topic.
         *
         * @return a valid name.
         */
        public String topic() {
            return topic;
        }

        /**
         * What the message counts in bounded queues.
         *
         * @return bytes.
         */
        public int lengthBytes() {
            return topic.length() + headers.length + payload.length;
        }

        byte[] headers() {
            return headers;
        }

        byte[] payload() {
            return payload;
        }
    }
}
