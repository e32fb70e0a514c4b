package io.lockstep.cluster.core;

import io.lockstep.cluster.core.EngineFixture.Answer;
import io.lockstep.cluster.core.PolicyCommands.Entry;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the engine should do about topics and their partitions, in the plainest words: lists and patterns. */
final class TopicPoliciesModel {
    private static final Pattern PARTITION = Pattern.compile("(.+)/\\$(0|[1-9][0-9]{0,4})", Pattern.DOTALL);
    private static final Answer ACCEPTED = new Answer(ResultCode.ACCEPTED, 0);

    private final int shardId;
    private final int shardCount;
    private final List<String> topics = new ArrayList<>();
    private List<Entry> entries = List.of();
    private long version;
    private boolean isOn;

    TopicPoliciesModel(final int shardId, final int shardCount) {
        this.shardId = shardId;
        this.shardCount = shardCount;
    }

    void switchOn() {
        isOn = true;
    }

    int shardId() {
        return shardId;
    }

    boolean isOn() {
        return isOn;
    }

    long version() {
        return version;
    }

    int topicCount() {
        return topics.size();
    }

    List<Entry> entries() {
        return entries;
    }

    Answer apply(final long newVersion, final boolean isCheckOnly, final List<Entry> newEntries) {
        if (!isOn) {
            return new Answer(ResultCode.UNSUPPORTED, 0);
        }
        if (!areGood(newEntries)) {
            return new Answer(ResultCode.BAD_POLICY, 0);
        }
        final List<Entry> sorted = sorted(newEntries);
        if (newVersion == version && sorted.equals(entries)) {
            return new Answer(ResultCode.ACCEPTED, version);
        }
        if (newVersion <= version) {
            return new Answer(ResultCode.STALE_POLICIES, version);
        }
        for (final String topic : topics) {
            if (numberOf(entries, topic) != numberOf(sorted, topic)) {
                return new Answer(ResultCode.POLICY_WOULD_SPLIT, topics.indexOf(topic) + 1);
            }
        }
        if (!isCheckOnly) {
            version = newVersion;
            entries = sorted;
        }
        return new Answer(ResultCode.ACCEPTED, version);
    }

    Answer create(final String topic) {
        final Answer answer = check(topic);
        if (answer.code() != ResultCode.ACCEPTED) {
            return answer;
        }
        add(topic);
        return new Answer(ResultCode.ACCEPTED, topics.indexOf(topic) + 1);
    }

    /** The answer to each message; in an atomic batch nothing happens where one is refused. */
    List<Answer> publish(final List<String> names, final boolean isAtomic) {
        final List<Answer> answers = new ArrayList<>();
        if (isAtomic) {
            for (int i = 0; i < names.size(); i++) {
                final Answer answer = check(names.get(i));
                if (answer.code() != ResultCode.ACCEPTED) {
                    for (int j = 0; j < names.size(); j++) {
                        answers.add(j == i ? answer : new Answer(ResultCode.BATCH_REFUSED, 0));
                    }
                    return answers;
                }
            }
        }
        for (final String name : names) {
            final Answer answer = check(name);
            if (answer.code() == ResultCode.ACCEPTED) {
                add(name);
            }
            answers.add(answer);
        }
        return answers;
    }

    private void add(final String topic) {
        if (!topics.contains(topic)) {
            topics.add(topic);
        }
    }

    private Answer check(final String name) {
        if (name.isEmpty() || name.contains("+") || name.contains("#")) {
            return new Answer(ResultCode.BAD_TOPIC, 0);
        }
        if (name.startsWith("$")) {
            return new Answer(ResultCode.RESERVED_TOPIC, 0);
        }
        if (shardOf(name) != shardId) {
            return new Answer(ResultCode.WRONG_SHARD, 1);
        }
        if (!isOn) {
            return ACCEPTED;
        }
        final Entry entry = entryOf(entries, name);
        final int number = entry == null ? 0 : entry.partitions();
        final boolean isHeld = entry != null && entry.isHeld() && !topics.contains(name);
        final int partition = partitionOf(name);
        if (partition < 0 && (number > 0 || isHeld)) {
            return new Answer(ResultCode.PARTITIONED, isHeld ? -1 : number);
        }
        if (partition >= 0 && (partition >= number || isHeld)) {
            return new Answer(ResultCode.BAD_PARTITION, isHeld ? -1 : number);
        }
        return ACCEPTED;
    }

    private int shardOf(final String name) {
        final int slot = isOn && partitionOf(name) >= 0 ? slotOf(baseOf(name)) + partitionOf(name) : slotOf(name);
        return slot % 4096 % shardCount;
    }

    private static int slotOf(final String name) {
        int hash = 0x811C9DC5;
        for (final byte value : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (value & 0xFF)) * 0x01000193;
        }
        return (hash ^ (hash >>> 16)) & 4095;
    }

    private static int partitionOf(final String name) {
        final Matcher matcher = PARTITION.matcher(name);
        return matcher.matches() && Integer.parseInt(matcher.group(2)) <= 65_535
                ? Integer.parseInt(matcher.group(2))
                : -1;
    }

    private static String baseOf(final String name) {
        return partitionOf(name) < 0 ? name : name.substring(0, name.lastIndexOf('/'));
    }

    private static int numberOf(final List<Entry> sorted, final String name) {
        final Entry entry = entryOf(sorted, name);
        return entry == null ? 0 : entry.partitions();
    }

    private static Entry entryOf(final List<Entry> sorted, final String name) {
        if (partitionOf(name) >= 0 && partitionOf(baseOf(name)) >= 0) {
            return null;
        }
        return sorted.stream()
                .filter(entry -> matches(
                        List.of(entry.filter().split("/", -1)),
                        List.of(baseOf(name).split("/", -1))))
                .findFirst()
                .orElse(null);
    }

    private static boolean matches(final List<String> filter, final List<String> name) {
        if (filter.isEmpty()) {
            return name.isEmpty();
        }
        if (filter.get(0).equals("#")) {
            return true;
        }
        return !name.isEmpty()
                && (filter.get(0).equals("+") || filter.get(0).equals(name.get(0)))
                && matches(filter.subList(1, filter.size()), name.subList(1, name.size()));
    }

    // '~' stands behind all letters that tests use, and so wildcards come last.
    private static List<Entry> sorted(final List<Entry> entries) {
        final List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparing(
                entry -> entry.filter().replace("/", "\1").replace("+", "~").replace("#", "~~")));
        return sorted;
    }

    private static boolean areGood(final List<Entry> entries) {
        final Set<String> filters = new HashSet<>();
        for (final Entry entry : entries) {
            if (!entry.filter().matches("([a-z]+|\\+)(/([a-z]+|\\+))*(/#)?|#")
                    || entry.partitions() < 0
                    || entry.partitions() > 1024
                    || !filters.add(entry.filter())) {
                return false;
            }
        }
        return true;
    }
}
