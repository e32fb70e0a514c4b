package io.lockstep.cluster.service;

import io.aeron.Image;
import io.aeron.ImageFragmentAssembler;
import io.aeron.logbuffer.FragmentHandler;
import io.lockstep.cluster.core.Engine;
import org.agrona.concurrent.IdleStrategy;

/** Reads a snapshot into an engine. Service thread only. */
final class SnapshotLoader {
    private static final int FRAGMENT_LIMIT = 64;

    private SnapshotLoader() {}

    static void load(final Engine engine, final Image image, final IdleStrategy idleStrategy) {
        final FragmentHandler assembler = new ImageFragmentAssembler(
                (buffer, offset, length, header) -> engine.onSnapshotMessage(buffer, offset, length));
        idleStrategy.reset();
        while (!image.isEndOfStream() || !image.isClosed()) {
            final int fragments = image.poll(assembler, FRAGMENT_LIMIT);
            if (fragments == 0 && (image.isEndOfStream() || image.isClosed() || engine.isRestored())) {
                break;
            }
            idleStrategy.idle(fragments);
        }
        if (!engine.isRestored()) {
            throw new IllegalStateException("the snapshot ended at position " + image.position()
                    + " before its end mark, or its hash is wrong");
        }
    }
}
