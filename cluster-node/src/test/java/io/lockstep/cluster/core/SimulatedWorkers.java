package io.lockstep.cluster.core;

import io.lockstep.codecs.GroupAssignmentRecordDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;

/** Makes up commands of publishers, of members of groups and of the node that helps them. */
final class SimulatedWorkers {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final String[] FILTERS = {"#", "w/#", "w/1", "$dead/#"};
    private static final int MEMBERS = 6;

    private record Assigned(int groupId, long memberId, long position, int attempt) {}

    // Nobody compares these as a whole or changes the bytes.
    @SuppressWarnings("ArrayRecordComponent")
    private record Sent(int topicId, String topic, int length, long timestampNs, byte[] headers, byte[] payload) {}

    private final Random random;
    private final List<Assigned> assigned = new ArrayList<>();
    private final TreeMap<Long, Sent> sent = new TreeMap<>();
    private long sequence;
    private int assignments;
    private int deadLetters;
    private int fed;

    SimulatedWorkers(final Random random) {
        this.random = random;
    }

    int assignments() {
        return assignments;
    }

    int deadLetters() {
        return deadLetters;
    }

    int fed() {
        return fed;
    }

    byte[] nextCommand(final Engine leader) {
        final int choice = random.nextInt(100);
        final byte[] help = choice < 20 && leader.groupHelp().isNeeded() ? help(leader) : null;
        if (help != null) {
            return help;
        }
        if (choice < 45) {
            return publish();
        } else if (choice < 75) {
            return settle();
        } else if (choice < 80) {
            return Commands.openMember(memberId(), (2 + random.nextInt(20)) * SECOND_NS);
        } else if (choice < 90) {
            return open();
        }
        return switch (random.nextInt(10)) {
            case 0 -> Commands.closeMember(memberId());
            case 1 -> GroupCommands.leave(memberId(), groupId());
            case 2 -> GroupCommands.credit(memberId(), groupId(), random.nextInt(20));
            case 3 -> random.nextInt(6) == 0 ? GroupCommands.delete(groupId()) : GroupCommands.list(0, 10, "");
            case 4 -> GroupCommands.seek(groupId(), random.nextInt(3), somePosition());
            case 5 -> GroupCommands.describe(groupId(), "");
            default -> Commands.renewMember(memberId());
        };
    }

    void onRecords(final List<FakeOutbox.JournalRecord> records) {
        for (final FakeOutbox.JournalRecord record : records) {
            final int kind = RecordLayout.kind(new UnsafeBuffer(record.bytes()), 0);
            if (kind == RecordKind.MESSAGE.value()) {
                onMessage(record);
            } else if (kind == RecordKind.GROUP_ASSIGNED.value()) {
                final GroupAssignmentRecordDecoder decoder =
                        EngineFixture.decode(new GroupAssignmentRecordDecoder(), record.bytes());
                final long memberId = decoder.memberId();
                final int groupId = decoder.groupId();
                for (final GroupAssignmentRecordDecoder.EntriesDecoder entry : decoder.entries()) {
                    assigned.add(new Assigned(groupId, memberId, entry.position(), entry.attempt()));
                    assignments++;
                }
            }
        }
    }

    private void onMessage(final FakeOutbox.JournalRecord record) {
        final MessageRecordDecoder message = EngineFixture.decode(new MessageRecordDecoder(), record.bytes());
        final int topicId = message.topicId();
        final long timestampNs = message.recordHeader().timestampNs();
        final String topic = message.topicName();
        final byte[] headers = new byte[message.headersLength()];
        message.getHeaders(headers, 0, headers.length);
        final byte[] payload = new byte[message.payloadLength()];
        message.getPayload(payload, 0, payload.length);
        sent.put(record.endPosition(), new Sent(topicId, topic, record.bytes().length, timestampNs, headers, payload));
        deadLetters += topic.startsWith("$dead/") ? 1 : 0;
    }

    private byte[] help(final Engine leader) {
        final List<byte[]> commands = new ArrayList<>();
        leader.groupHelp().collect(1, 1, new GroupHelp.Sink() {
            @Override
            public void onLag(
                    final int groupId, final long windowEnd, final int room, final List<TopicFilter> filters) {
                commands.add(feed(groupId, windowEnd, room, filters));
            }

            @Override
            public void onDead(final int groupId, final long position, final int recordLength) {
                final Sent dead = sent.get(position);
                commands.add(GroupCommands.deadLetter(groupId, position, dead.headers(), dead.payload()));
            }
        });
        return commands.isEmpty() ? null : commands.get(random.nextInt(commands.size()));
    }

    private byte[] feed(final int groupId, final long windowEnd, final int room, final List<TopicFilter> filters) {
        final List<GroupCommands.Fed> messages = new ArrayList<>();
        long through = windowEnd;
        for (final Map.Entry<Long, Sent> entry : sent.tailMap(windowEnd, false).entrySet()) {
            if (messages.size() > room) {
                break;
            }
            final Sent message = entry.getValue();
            final byte[] name = message.topic().getBytes(StandardCharsets.UTF_8);
            through = entry.getKey();
            if (filters.stream().anyMatch(filter -> filter.matches(new UnsafeBuffer(name), 0, name.length))) {
                final Map<String, String> headers =
                        MessageHeaders.decode(new UnsafeBuffer(message.headers()), 0, message.headers().length);
                messages.add(new GroupCommands.Fed(
                        entry.getKey(),
                        message.length(),
                        message.topicId(),
                        message.timestampNs(),
                        Long.parseLong(headers.getOrDefault("$expiryMs", "-1")),
                        headers.get("$key")));
            }
        }
        fed += messages.size();
        return GroupCommands.feed(groupId, windowEnd, through, messages);
    }

    private byte[] publish() {
        if (sequence == 0) {
            sequence = 1;
            return Commands.openProducer(1, 256, false);
        }
        final int count = 1 + random.nextInt(random.nextInt(20) == 0 ? 200 : 4);
        final PublishBuilder builder = new PublishBuilder(1, 1, sequence);
        for (int i = 0; i < count; i++) {
            final Map<String, String> headers = new LinkedHashMap<>();
            if (random.nextBoolean()) {
                headers.put("$key", "k" + random.nextInt(10));
            }
            if (random.nextInt(5) == 0) {
                headers.put("$expiryMs", String.valueOf(random.nextInt(1_000)));
            }
            builder.entry(
                    ("w/" + random.nextInt(3)).getBytes(StandardCharsets.UTF_8),
                    MessageHeaders.encode(headers),
                    new byte[random.nextInt(60)],
                    PublishFrame.NO_CONDITION);
        }
        sequence += count;
        return builder.build();
    }

    private byte[] open() {
        final int choice = random.nextInt(FILTERS.length);
        return GroupCommands.open(new GroupCommands.Opening(
                memberId(),
                "g" + choice,
                List.of(FILTERS[choice]),
                choice % 2 == 1,
                1 + random.nextInt(100),
                new GroupTerms(
                        (1 + random.nextInt(5)) * SECOND_NS,
                        random.nextInt(3) * 100_000_000L,
                        SECOND_NS,
                        random.nextInt(4)),
                random.nextInt(2),
                0));
    }

    private byte[] settle() {
        if (assigned.isEmpty()) {
            return Commands.renewMember(memberId());
        }
        final Assigned first = assigned.get(random.nextInt(assigned.size()));
        final List<GroupCommands.Verdict> verdicts = new ArrayList<>();
        final List<Assigned> rest = new ArrayList<>();
        for (final Assigned each : assigned) {
            if (each.groupId() == first.groupId()
                    && each.memberId() == first.memberId()
                    && verdicts.size() < 50
                    && random.nextInt(4) != 0) {
                final int verdict = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : GroupCommands.DONE;
                verdicts.add(new GroupCommands.Verdict(each.position(), each.attempt(), verdict, -1));
            } else {
                rest.add(each);
            }
        }
        assigned.clear();
        assigned.addAll(rest.subList(Math.max(0, rest.size() - 500), rest.size()));
        return GroupCommands.settle(first.memberId(), first.groupId(), verdicts);
    }

    private long somePosition() {
        return sent.isEmpty() ? 0 : sent.ceilingKey((long) (random.nextDouble() * sent.lastKey()));
    }

    private long memberId() {
        return 1L + random.nextInt(MEMBERS);
    }

    private int groupId() {
        return 1 + random.nextInt(6);
    }
}
