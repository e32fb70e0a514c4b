package io.lockstep.cluster.core;

import org.agrona.DirectBuffer;

/** The commands of one feature: turns their bytes into calls of its handler, see {@link CommandAdapter}. */
interface CommandFamily {
    /**
     * Whether a command is one of this family.
     *
     * @param templateId of the command.
     * @return true if so.
     */
    boolean isOwnerOf(int templateId);

    /**
     * Applies a command of this family. Its bytes may be anything behind the message header.
     *
     * @param clusterSessionId to answer to.
     * @param logPosition      of the command in the Raft log.
     * @param buffer           that holds the command.
     * @param offset           of its message header.
     * @param length           in bytes.
     * @return false where the command is malformed; then nothing was changed and nobody was answered.
     */
    boolean onCommand(long clusterSessionId, long logPosition, DirectBuffer buffer, int offset, int length);
}
