package io.lockstep.archive.replay;

import io.lockstep.config.NodeEndpoint;

/** The channels between a reader and the journal archive (A1) of a node. */
final class ReaderChannels {
    /** Stream id of the control requests of A1, local and remote. */
    static final int CONTROL_STREAM_ID = 11;

    private static final String LOCAL_CONTROL_CHANNEL = "aeron:ipc?term-length=64k";
    private static final String LOCAL_REPLAY_CHANNEL = "aeron:ipc?alias=journal-replay";

    private final boolean isLocal;
    private final String controlRequest;
    private final String controlResponse;
    private final String replayRequest;
    private final String replaySubscription;

    ReaderChannels(final NodeEndpoint node, final boolean isLocal, final int receiverWindowLength) {
        this.isLocal = isLocal;
        if (isLocal) {
            controlRequest = LOCAL_CONTROL_CHANNEL;
            controlResponse = LOCAL_CONTROL_CHANNEL;
            replayRequest = LOCAL_REPLAY_CHANNEL;
            replaySubscription = LOCAL_REPLAY_CHANNEL;
        } else {
            // The control port of a response channel is bound on the node and must be another than the archive's own.
            controlRequest = "aeron:udp?endpoint=" + node.endpoint(node.journalArchivePort()) + "|term-length=64k";
            controlResponse = response(node.endpoint(node.journalResponsePort()));
            replayRequest = response(node.endpoint(node.journalReplayPort()));
            replaySubscription = receiverWindowLength == 0
                    ? replayRequest
                    : replayRequest + "|rcv-wnd=" + receiverWindowLength + "|so-rcvbuf=" + 2 * receiverWindowLength;
        }
    }

    boolean isLocal() {
        return isLocal;
    }

    String controlRequest() {
        return controlRequest;
    }

    String controlResponse() {
        return controlResponse;
    }

    /** The channel that the archive is asked to replay to. */
    String replayRequest() {
        return replayRequest;
    }

    /** The channel that the reader subscribes to. */
    String replaySubscription() {
        return replaySubscription;
    }

    /**
     * The channel of the extra publication by which a replay over a response channel is asked for.
     *
     * @param subscriptionRegistrationId of the replay's subscription.
     * @return the channel.
     */
    String tokenRequest(final long subscriptionRegistrationId) {
        return controlRequest + "|response-correlation-id=" + subscriptionRegistrationId;
    }

    /**
     * A stream id that no other stream of this client has, so that no two readers see each other's images.
     *
     * @param correlationId a fresh correlation id of the client.
     * @return a positive stream id, away from those that the nodes use.
     */
    static int streamId(final long correlationId) {
        return ((int) correlationId & 0x3FFF_FFFF) | 0x4000_0000;
    }

    private static String response(final String control) {
        return "aeron:udp?control-mode=response|control=" + control;
    }
}
