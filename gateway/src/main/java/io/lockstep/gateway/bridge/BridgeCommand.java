package io.lockstep.gateway.bridge;

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
     * Opens a session and takes over an older one of the same client id.
     *
     * @param session to open.
     */
    record Open(BridgeSession session) implements BridgeCommand {}

    /**
     * Closes a session and ends its subscriptions. What it published before is still published, except for messages with
     * a ticket that wait for their shard: their sender was not answered and sends them again.
     *
     * @param session to close.
     */
    record Close(BridgeSession session) implements BridgeCommand {}

    /**
     * Subscribes to filters.
     *
     * @param session  that subscribes.
     * @param packetId for the answer.
     * @param requests one for each filter.
     */
    record Subscribe(BridgeSession session, int packetId, List<SubscribeRequest> requests) implements BridgeCommand {}

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

        private final BridgeSession session;
        private final long ticket;
        private final String topic;
        private final byte[] headers;
        private final byte[] payload;

        /**
         * Creates the command.
         *
         * @param session that publishes.
         * @param ticket  for the session, or {@link #NO_TICKET}.
         * @param topic   a valid name.
         * @param headers header block, not written to any more.
         * @param payload payload, not written to any more.
         */
        public Publish(
                final BridgeSession session,
                final long ticket,
                final String topic,
                final byte[] headers,
                final byte[] payload) {
            this.session = session;
            this.ticket = ticket;
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
