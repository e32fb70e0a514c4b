package io.lockstep.testkit.compare;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares what was sent with what one consumer received, from files that {@link MessageFile} wrote. It takes about 13
 * bytes of memory for each message that was sent, and none for those received. One use for each pair of files.
 */
public final class Comparer {
    private static final int GREATEST_FINDINGS = 10;
    private static final int UNKNOWN_TOPIC = -1;

    private final Map<String, Integer> topics = new HashMap<>();
    private final List<String> topicNames = new ArrayList<>();
    private final List<String> findings = new ArrayList<>();
    private final BitSet delivered = new BitSet();
    private long[] hashes = new long[1 << 16];
    private int[] topicIds = new int[1 << 16];
    private int published;
    private long[] highest;
    private long deliveries;
    private long duplicated;
    private long reordered;
    private long altered;
    private long unexpected;

    private Comparer() {}

    /**
     * Compares two files.
     *
     * @param sent     one line for each message, sequences dense from 1.
     * @param received one line for each delivery.
     * @return the counts.
     * @throws IllegalArgumentException where a line is no line of a message file, or sequences of {@code sent} have gaps.
     */
    public static Comparison compare(final Path sent, final Path received) {
        final Comparer comparer = new Comparer();
        comparer.read(sent, comparer::onSent);
        comparer.highest = new long[comparer.topicNames.size()];
        comparer.read(received, comparer::onReceived);
        return comparer.result();
    }

    private void onSent(final long sequence, final String topic, final long hash) {
        if (sequence != published + 1L) {
            throw new IllegalArgumentException(
                    "sequence " + sequence + " follows " + published + ", but sequences are dense from 1");
        }
        if (published == hashes.length) {
            hashes = Arrays.copyOf(hashes, hashes.length * 2);
            topicIds = Arrays.copyOf(topicIds, topicIds.length * 2);
        }
        Integer topicId = topics.get(topic);
        if (topicId == null) {
            topicId = topicNames.size();
            topics.put(topic, topicId);
            topicNames.add(topic);
        }
        hashes[published] = hash;
        topicIds[published] = topicId;
        published++;
    }

    private void onReceived(final long sequence, final String topic, final long hash) {
        deliveries++;
        if (sequence < 1 || sequence > published) {
            unexpected++;
            find("message " + sequence + " on " + topic + " was never sent");
            return;
        }
        final int index = (int) (sequence - 1);
        final int topicId = topics.getOrDefault(topic, UNKNOWN_TOPIC);
        if (topicId != topicIds[index]) {
            altered++;
            find("message " + sequence + " was sent on " + topicNames.get(topicIds[index]) + " and came on " + topic);
        } else if (hash != hashes[index]) {
            altered++;
            find("message " + sequence + " on " + topic + " came with another payload than was sent");
        } else if (delivered.get(index)) {
            duplicated++;
            find("message " + sequence + " on " + topic + " came again");
        } else {
            delivered.set(index);
            if (sequence < highest[topicId]) {
                reordered++;
                find("message " + sequence + " on " + topic + " came behind message " + highest[topicId]);
            } else {
                highest[topicId] = sequence;
            }
        }
    }

    private Comparison result() {
        for (int index = delivered.nextClearBit(0);
                index < published && findings.size() < GREATEST_FINDINGS;
                index = delivered.nextClearBit(index + 1)) {
            find("message " + (index + 1) + " on " + topicNames.get(topicIds[index]) + " never came");
        }
        final long lost = published - (long) delivered.cardinality();
        return new Comparison(published, deliveries, lost, duplicated, reordered, altered, unexpected, findings);
    }

    private void find(final String sentence) {
        if (findings.size() < GREATEST_FINDINGS) {
            findings.add(sentence);
        }
    }

    private void read(final Path file, final LineHandler handler) {
        long lineNumber = 0;
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lineNumber++;
                final int first = line.indexOf('\t');
                final int second = line.indexOf('\t', first + 1);
                if (first < 1 || second < 0) {
                    throw new IllegalArgumentException("it has no three parts with tabs between them");
                }
                handler.onLine(
                        Long.parseLong(line.substring(0, first)),
                        line.substring(first + 1, second),
                        Long.parseUnsignedLong(line.substring(second + 1), 16));
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot read " + file, ex);
        } catch (final IllegalArgumentException ex) {
            throw new IllegalArgumentException(
                    file + ", line " + lineNumber + " is no line of a message file: " + ex.getMessage(), ex);
        }
    }

    private interface LineHandler {
        void onLine(long sequence, String topic, long hash);
    }
}
