package io.lockstep.cluster.core;

import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Keeps pieces of bytes in chains of small blocks that are reused: nothing is allocated once it has grown. Which blocks a
 * piece has depends on the past and is never seen.
 */
final class BlockStore {
    /** Bytes of a block. */
    static final int BLOCK_LENGTH = 64;

    private static final int NO_BLOCK = -1;
    private static final int BLOCKS_IN_CHUNK = 1024;
    private static final int INITIAL_CHUNKS = 16;

    private byte[][] chunks = new byte[INITIAL_CHUNKS][];
    private int[] nextBlock = {};
    private int blockCount;
    private int firstFree = NO_BLOCK;

    /** Number of blocks that a piece takes. */
    static int blocksOf(final int length) {
        return (length + BLOCK_LENGTH - 1) / BLOCK_LENGTH;
    }

    /** Keeps a copy of a piece of at least one byte and returns its first block. */
    int put(final DirectBuffer source, final int offset, final int length) {
        final int first = take();
        append(first, 0, source, offset, length);
        return first;
    }

    /** Goes on with a piece that has some bytes already. */
    void append(
            final int firstBlock,
            final int lengthBefore,
            final DirectBuffer source,
            final int offset,
            final int length) {
        int block = firstBlock;
        int index = lengthBefore;
        while (index > BLOCK_LENGTH) {
            block = nextBlock[block];
            index -= BLOCK_LENGTH;
        }
        int done = 0;
        while (done < length) {
            if (index == BLOCK_LENGTH) {
                final int added = take();
                nextBlock[block] = added;
                block = added;
                index = 0;
            }
            final int count = Math.min(BLOCK_LENGTH - index, length - done);
            source.getBytes(offset + done, chunks[block / BLOCKS_IN_CHUNK], byteIndexOf(block) + index, count);
            done += count;
            index += count;
        }
    }

    /** Copies a piece. */
    void get(final int firstBlock, final MutableDirectBuffer target, final int offset, final int length) {
        int block = firstBlock;
        int done = 0;
        while (done < length) {
            final int count = Math.min(BLOCK_LENGTH, length - done);
            target.putBytes(offset + done, chunks[block / BLOCKS_IN_CHUNK], byteIndexOf(block), count);
            done += count;
            block = nextBlock[block];
        }
    }

    /** Forgets a piece. */
    void free(final int firstBlock) {
        int last = firstBlock;
        while (nextBlock[last] != NO_BLOCK) {
            last = nextBlock[last];
        }
        nextBlock[last] = firstFree;
        firstFree = firstBlock;
    }

    private int take() {
        if (firstFree == NO_BLOCK) {
            addChunk();
        }
        final int block = firstFree;
        firstFree = nextBlock[block];
        nextBlock[block] = NO_BLOCK;
        return block;
    }

    private void addChunk() {
        final int chunk = blockCount / BLOCKS_IN_CHUNK;
        if (chunk == chunks.length) {
            chunks = Arrays.copyOf(chunks, 2 * chunk);
        }
        chunks[chunk] = new byte[BLOCKS_IN_CHUNK * BLOCK_LENGTH];
        if (blockCount == nextBlock.length) {
            nextBlock = Arrays.copyOf(nextBlock, Math.max(BLOCKS_IN_CHUNK, 2 * blockCount));
        }
        for (int block = blockCount + BLOCKS_IN_CHUNK - 1; block >= blockCount; block--) {
            nextBlock[block] = firstFree;
            firstFree = block;
        }
        blockCount += BLOCKS_IN_CHUNK;
    }

    private static int byteIndexOf(final int block) {
        return block % BLOCKS_IN_CHUNK * BLOCK_LENGTH;
    }
}
