package io.lockstep.archive.journal;

import io.aeron.archive.client.AeronArchive;
import io.lockstep.config.NodeEndpoint;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;
import org.agrona.concurrent.NoOpLock;

/** The journal archive of another node, asked over the network. Short-lived; used by the service thread. */
final class PeerArchive implements AutoCloseable {
    private final AeronArchive archive;
    private final NodeEndpoint peer;
    private final int streamId;

    PeerArchive(final JournalWriterContext context, final NodeEndpoint peer) {
        this.peer = peer;
        this.streamId = context.streamId();
        this.archive = AeronArchive.connect(new AeronArchive.Context()
                .aeron(context.aeron())
                .ownsAeronClient(false)
                .lock(NoOpLock.INSTANCE)
                .idleStrategy(context.idleStrategy())
                .agentInvoker(context.agentInvoker())
                .messageTimeoutNs(context.peerTimeoutNs())
                .controlRequestChannel("aeron:udp?term-length=64k|endpoint=" + peer.endpoint(peer.journalArchivePort()))
                .controlRequestStreamId(context.controlStreamId())
                .controlResponseChannel(
                        "aeron:udp?term-length=64k|endpoint=" + context.self().endpoint(0))
                .controlResponseStreamId(context.controlResponseStreamId()));
    }

    /** The peer's journal with its current end as stop position. */
    Recording describe() {
        final List<Recording> found = new ArrayList<>();
        archive.listRecordingsForUri(0, 2, "ipc", streamId, LocalArchive.collector(found));
        if (found.size() != 1) {
            throw new JournalException(
                    "node " + peer.id() + " has " + found.size() + " recordings of stream " + streamId);
        }
        final Recording recording = found.get(0);
        return recording.isActive()
                ? recording.withStopPosition(archive.getMaxRecordedPosition(recording.id()))
                : recording;
    }

    AeronArchive client() {
        return archive;
    }

    @Override
    public void close() {
        CloseHelper.close(archive);
    }
}
