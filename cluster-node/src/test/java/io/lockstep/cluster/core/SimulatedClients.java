package io.lockstep.cluster.core;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;

/** Makes up commands, sensible ones and others, and learns just enough from the replies to stay sensible. */
final class SimulatedClients {
    private static final int PRODUCERS = 12;
    private static final int GREATEST_WINDOW = (int) EngineSetting.MAX_PRODUCER_WINDOW.highest();
    private static final EngineSetting[] SETTINGS = EngineSetting.values();

    private static final class Client {
        private int epoch;
        private long lastSequence;
        private long lastRefused;
    }

    private final Random random;
    private final Map<Long, Client> clients = new HashMap<>();
    private final List<byte[]> sent = new ArrayList<>();
    private final Set<ResultCode> seenCodes = EnumSet.noneOf(ResultCode.class);
    private long journalPosition;

    SimulatedClients(final Random random) {
        this.random = random;
    }

    byte[] nextCommand(final SimulatedLog log) {
        final int choice = random.nextInt(100);
        final byte[] command;
        if (choice < 62) {
            command = publish();
        } else if (choice < 70 && !sent.isEmpty()) {
            command = sent.get(random.nextInt(sent.size()));
        } else if (choice < 80) {
            command = Commands.openProducer(producerId(), windowLength(), random.nextBoolean());
        } else if (choice < 82) {
            final long producerId = producerId();
            command = Commands.closeProducer(producerId, clientOf(producerId).epoch);
        } else if (choice < 88) {
            command = shardCommand();
        } else if (choice < 92) {
            command = Commands.createTopic(topic());
        } else if (choice < 94) {
            command = random.nextBoolean() ? Commands.describeShard() : Commands.listTopics(0, 10, "t/+");
        } else if (choice < 96) {
            command = garbage();
        } else {
            log.advance(random.nextInt(1_000_000_000));
            command = random.nextInt(6) == 0 ? SimulatedLog.TERM : SimulatedLog.EVENT;
        }
        return command;
    }

    void onReplies(final List<byte[]> replies) {
        for (final byte[] reply : replies) {
            final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(new UnsafeBuffer(reply), 0);
            if (header.templateId() == CommandReplyDecoder.TEMPLATE_ID) {
                seenCodes.add(
                        EngineFixture.decode(new CommandReplyDecoder(), reply).code());
            } else if (header.templateId() == ProducerOpenedDecoder.TEMPLATE_ID) {
                onProducerOpened(EngineFixture.decode(new ProducerOpenedDecoder(), reply));
            } else if (header.templateId() == PublishReplyDecoder.TEMPLATE_ID) {
                onPublishReply(EngineFixture.decode(new PublishReplyDecoder(), reply));
            }
        }
    }

    Set<ResultCode> seenCodes() {
        return seenCodes;
    }

    private void onProducerOpened(final ProducerOpenedDecoder opened) {
        seenCodes.add(opened.code());
        if (opened.code() == ResultCode.ACCEPTED) {
            final Client client = clientOf(opened.producerId());
            client.epoch = opened.epoch();
            client.lastSequence = opened.lastSequence();
            client.lastRefused = opened.lastRefusedSequence();
        }
    }

    private void onPublishReply(final PublishReplyDecoder reply) {
        seenCodes.add(reply.code());
        final Client client = clientOf(reply.producerId());
        if (reply.code() == ResultCode.PRODUCER_UNKNOWN) {
            client.epoch = 0;
        }
        if (reply.code() != ResultCode.ACCEPTED) {
            return;
        }
        long sequence = reply.firstSequence();
        client.lastSequence = Math.max(client.lastSequence, reply.lastSequence());
        journalPosition = Math.max(journalPosition, reply.lastPosition());
        for (final PublishReplyDecoder.ResultsDecoder result : reply.results()) {
            seenCodes.add(result.resultCode());
            if (result.resultCode() != ResultCode.ACCEPTED && result.resultCode() != ResultCode.ANSWER_FORGOTTEN) {
                client.lastRefused = Math.max(client.lastRefused, sequence);
            }
            sequence++;
        }
    }

    private byte[] publish() {
        final long producerId = producerId();
        final Client client = clientOf(producerId);
        if (client.epoch == 0 && random.nextInt(4) != 0) {
            return Commands.openProducer(producerId, windowLength(), random.nextBoolean());
        }
        final int epoch = random.nextInt(30) == 0 ? client.epoch - 1 : client.epoch;
        final long skew = random.nextInt(12) == 0 ? random.nextInt(7) - 3 : 0;
        final PublishBuilder builder =
                new PublishBuilder(producerId, epoch, Math.max(1, client.lastSequence + 1 + skew));
        if (random.nextInt(10) != 0) {
            builder.noted(client.lastRefused);
        }
        if (random.nextInt(3) == 0) {
            builder.atomic();
        }
        for (int entries = 1 + random.nextInt(random.nextInt(10) == 0 ? 70 : 4); entries > 0; entries--) {
            addEntry(builder);
        }
        final byte[] command = builder.build();
        sent.add(command);
        if (sent.size() > 50) {
            sent.remove(random.nextInt(sent.size()));
        }
        return command;
    }

    private void addEntry(final PublishBuilder builder) {
        final long expected = random.nextInt(10) == 0 ? random.nextInt(20) : PublishFrame.NO_CONDITION;
        final byte[] headers = new byte[random.nextInt(20) == 0 ? random.nextInt(30) : 0];
        final int length = random.nextInt(300) == 0 ? random.nextInt(20_000) : random.nextInt(100);
        final byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) random.nextInt());
        builder.entry(topic().getBytes(StandardCharsets.UTF_8), headers, payload, expected);
    }

    private byte[] shardCommand() {
        return switch (random.nextInt(7)) {
            case 0 -> Commands.trimJournal(journalPosition + random.nextInt(5_000) * 32L);
            case 6 -> Commands.trimJournal((journalPosition >> random.nextInt(4)) & -32L);
            case 1 -> Commands.setReadOnly(random.nextInt(2), random.nextInt(12) == 0);
            case 2 -> Commands.setFeatureLevel(random.nextInt(3));
            case 3 -> Commands.seed(0, 1 + random.nextInt(2), someSettings());
            case 4 -> random.nextInt(3) == 0 ? applySlotTable() : changeSetting();
            default -> changeSetting();
        };
    }

    private byte[] applySlotTable() {
        SlotTable table = SlotTable.ofShards(1 + random.nextInt(3), List.of());
        for (int routes = random.nextInt(4); routes > 0; routes--) {
            table = table.with(
                    new TopicRoute(random.nextBoolean() ? "t" : "t/" + random.nextInt(40), random.nextInt(2)));
        }
        return Commands.applySlotTable(random.nextInt(30), random.nextInt(4) == 0, table);
    }

    private byte[] changeSetting() {
        return switch (random.nextInt(10)) {
            case 8 -> Commands.change(EngineSetting.MAX_PAYLOAD_LENGTH, 80 + random.nextInt(200));
            case 9 -> Commands.change(EngineSetting.MAX_HEADERS_LENGTH, 10 + random.nextInt(20));
            case 0 -> Commands.change(EngineSetting.MAX_TOPICS, 20 + random.nextInt(60));
            case 1 -> Commands.change(EngineSetting.MAX_PRODUCERS, PRODUCERS / 2 + random.nextInt(PRODUCERS));
            case 2 -> Commands.change(EngineSetting.CHECKPOINT_MESSAGES, 64 + random.nextInt(64));
            case 3 -> Commands.change(EngineSetting.CHECKPOINT_INTERVAL, 100_000_000L + random.nextInt(1_000_000_000));
            case 4 -> Commands.change(EngineSetting.PRODUCER_EXPIRY, 1_000_000_000L + random.nextInt(1_000_000_000));
            case 5 -> Commands.change(EngineSetting.AUTO_CREATE_TOPICS, random.nextInt(3) == 0 ? 0 : 1);
            case 6 -> Commands.change(EngineSetting.MAX_BATCH_LENGTH, 1 + random.nextInt(80));
            default -> Commands.change(SETTINGS[random.nextInt(SETTINGS.length)], random.nextInt());
        };
    }

    private Map<EngineSetting, Long> someSettings() {
        final Map<EngineSetting, Long> settings = new EnumMap<>(EngineSetting.class);
        settings.put(EngineSetting.MAX_TOPICS, 10L + random.nextInt(30));
        settings.put(EngineSetting.MAX_STATE_BYTES, 1L << 20);
        settings.put(EngineSetting.MAX_PRODUCER_WINDOW, (long) GREATEST_WINDOW);
        return settings;
    }

    private byte[] garbage() {
        final byte[] command = sent.isEmpty()
                ? new byte[40]
                : sent.get(random.nextInt(sent.size())).clone();
        for (int i = 0; i < 3; i++) {
            command[random.nextInt(command.length)] = (byte) random.nextInt();
        }
        return command;
    }

    private int windowLength() {
        return switch (random.nextInt(30)) {
            case 0 -> 3;
            // Two of them fill the state of a shard that was seeded with its smallest cap.
            case 1, 2 -> GREATEST_WINDOW;
            default -> 1 << random.nextInt(8);
        };
    }

    private String topic() {
        return switch (random.nextInt(40)) {
            case 0 -> "t/+";
            case 1 -> "$sys/x";
            default -> "t/" + random.nextInt(60);
        };
    }

    private long producerId() {
        return random.nextInt(PRODUCERS);
    }

    private Client clientOf(final long producerId) {
        return clients.computeIfAbsent(producerId, id -> new Client());
    }
}
