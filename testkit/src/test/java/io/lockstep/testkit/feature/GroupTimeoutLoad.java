package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.GroupConfig;
import io.lockstep.client.GroupDelivery;
import io.lockstep.client.GroupDetails;
import io.lockstep.client.GroupListener;
import io.lockstep.client.GroupMember;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.codecs.ResultCode;
import io.lockstep.testkit.feature.GroupAssignments.Assignment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/**
 * A group whose members have little time, four of them in two clients. Some messages are not settled in their first
 * attempts, some are worked on for much longer than the time and extended meanwhile, some are settled too late, some expire
 * with a member that does not settle them, and the rest is done at once.
 */
public final class GroupTimeoutLoad implements FeatureLoad {
    private static final String GROUP = "hurried";
    private static final int CLIENTS = 2;
    private static final int MEMBERS = 4;
    private static final int TOPICS = 5;
    private static final int MESSAGES_OF_A_MEMBER = 200;
    private static final int GREATEST_BACKLOG = 100;
    private static final long ACK_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long DELAY_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long EXTEND_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(700);
    private static final long SLOW_WORK_NS = TimeUnit.SECONDS.toNanos(5);
    // So that all ends, and is judged, where extensions have no effect.
    private static final int SLOW_ATTEMPTS = 3;
    // While the message waits for its next attempt.
    private static final long LATE_NS = ACK_TIMEOUT_NS + DELAY_NS / 2;
    private static final long EXPIRY_MS = TimeUnit.NANOSECONDS.toMillis(ACK_TIMEOUT_NS) / 2;
    // A decision without an answer is told for 30 s; behind them nobody knows what became of it.
    private static final long SURE_NS = TimeUnit.SECONDS.toNanos(25);
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(3);

    private enum Kind {
        AT_ONCE,
        FORGOTTEN_ONCE,
        FORGOTTEN_TWICE,
        SLOW,
        LATE,
        EXPIRING
    }

    private record Said(String place, int attempt, boolean isDone, long atNs, long wallNs) {}

    private final Random random;
    private final GroupJudge judge = new GroupJudge();
    private final TimeoutJudge timeouts = new TimeoutJudge(ACK_TIMEOUT_NS, DELAY_NS);
    private final List<LockstepClient> clients = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();
    private final MessageOptions options = new MessageOptions();
    private final Set<String> saidDone = new HashSet<>();
    private ClientSupplier supplier;
    private LockstepClient client;
    private Sender sender;
    private int offered;
    private int expiring;
    private long nextLeave = MESSAGES_OF_A_MEMBER;
    private long extensions;
    private long refusals;
    private int leaves;
    private int losses;

    /**
     * A load.
     *
     * @param random chooses topics and who leaves.
     */
    public GroupTimeoutLoad(final Random random) {
        this.random = random;
    }

    @Override
    public String name() {
        return "group time-outs";
    }

    @Override
    public int ratePerSecond() {
        return 15;
    }

    @Override
    public void start(final ClientSupplier newSupplier) {
        supplier = newSupplier;
        client = supplier.connect();
        sender = new Sender(client);
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(supplier.connect());
        }
        for (int i = 0; i < MEMBERS; i++) {
            members.add(new Member(i));
        }
    }

    @Override
    public void turn(final boolean mayOffer) {
        client.doWork();
        if (mayOffer && offered - expiring - saidDone.size() < GREATEST_BACKLOG) {
            offer();
        }
        for (final Member member : members) {
            member.member.poll(16);
            member.work();
            member.learnWhatWasTaken();
        }
        if (doneCount() >= nextLeave) {
            nextLeave = doneCount() + MESSAGES_OF_A_MEMBER;
            leave();
        }
    }

    @Override
    public long doneCount() {
        return judge.doneCount();
    }

    @Override
    public boolean isSettled() {
        return sender.waitingCount() == 0
                && saidDone.size() + expiring >= offered
                && members.stream().allMatch(member -> member.said.isEmpty() && member.held.isEmpty())
                && GroupFigures.openCount(client, GROUP) == 0;
    }

    @Override
    public void check() {
        final Set<String> toBeDone = new HashSet<>();
        final List<JournalCopy.Entry> journal = JournalCopy.read(client, "timed/#");
        long leastRepeated = 0;
        for (final JournalCopy.Entry entry : journal) {
            final Kind kind = kindOf(Integer.parseInt(entry.text()));
            leastRepeated += attemptsToForget(kind);
            if (kind != Kind.EXPIRING) {
                toBeDone.add(GroupLoad.placeOf(entry.shardId(), entry.position()));
            }
        }
        assertEquals(
                sender.accepted().stream().sorted().toList(),
                JournalCopy.texts(journal).stream().sorted().toList());
        judge.check(toBeDone);
        final List<Assignment> assignments =
                GroupAssignments.read(client, GROUP, ClientConfig.parseNodes(supplier.nodes()));
        timeouts.check(assignments, toBeDone);
        final long repeated =
                assignments.stream().filter(each -> each.attempt() > 1).count();
        assertTrue(repeated >= leastRepeated, repeated + " redelivered, but " + leastRepeated + " were forgotten");
        assertEquals(assignments.size(), GroupFigures.sum(client, GROUP, GroupDetails::assignedTotal));
        assertEquals(repeated, GroupFigures.sum(client, GROUP, GroupDetails::redeliveredTotal));
        assertEquals(toBeDone.size(), GroupFigures.sum(client, GROUP, GroupDetails::doneTotal));
        assertEquals(journal.size() - toBeDone.size(), GroupFigures.sum(client, GROUP, GroupDetails::expiredTotal));
        assertEquals(
                0,
                GroupFigures.sum(client, GROUP, GroupDetails::deadTotal)
                        + GroupFigures.sum(client, GROUP, GroupDetails::droppedTotal));
        // What this is about must have happened.
        assertTrue(timeouts.timeoutCount() > 0, "no attempt ended by its time");
        assertTrue(timeouts.keptCount() > 0, "no message was done after it had been extended for long");
        assertTrue(refusals > 0, "no decision was too late");
    }

    @Override
    public String counts() {
        return offered + " published, " + judge.doneCount() + " done, " + judge.uncertainCount()
                + " said to be done without effect or answer, " + expiring + " to expire, " + judge.repeatedCount()
                + " redelivered, " + timeouts.timeoutCount() + " after a time-out, " + extensions + " extensions, "
                + timeouts.keptCount() + " done thanks to them, " + refusals + " decisions too late, " + leaves
                + " members left, " + losses + " lost";
    }

    @Override
    public void close() {
        CloseHelper.quietCloseAll(clients);
        CloseHelper.quietClose(client);
    }

    private static Kind kindOf(final int number) {
        return switch (number % 20) {
            case 2, 12 -> Kind.FORGOTTEN_ONCE;
            case 7 -> Kind.FORGOTTEN_TWICE;
            case 5, 15 -> Kind.SLOW;
            case 9, 19 -> Kind.LATE;
            case 17 -> Kind.EXPIRING;
            default -> Kind.AT_ONCE;
        };
    }

    private static int attemptsToForget(final Kind kind) {
        return switch (kind) {
            case FORGOTTEN_ONCE -> 1;
            case FORGOTTEN_TWICE -> 2;
            default -> 0;
        };
    }

    private static long wallNs() {
        return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    }

    private void offer() {
        final boolean isExpiring = kindOf(offered) == Kind.EXPIRING;
        options.clear();
        if (isExpiring) {
            options.expireAfterMs(EXPIRY_MS);
        }
        if (sender.offer("timed/" + random.nextInt(TOPICS), options, Integer.toString(offered))) {
            offered++;
            expiring += isExpiring ? 1 : 0;
        }
    }

    private void leave() {
        final Member member = members.remove(random.nextInt(members.size()));
        member.leave();
        leaves++;
        members.add(new Member(MEMBERS + leaves));
    }

    /** A message at which a member works. */
    private static final class Held {
        private final String place;
        private final int shardId;
        private final long position;
        private final int attempt;
        private final long endNs;
        private long nextNs;

        private Held(final GroupDelivery delivery, final long nextNs, final long endNs) {
            this.shardId = delivery.shardId();
            this.position = delivery.position();
            this.place = GroupLoad.placeOf(shardId, position);
            this.attempt = delivery.attempt();
            this.nextNs = nextNs;
            this.endNs = endNs;
        }
    }

    /** A member; those of one client share a connection and a reader. */
    private final class Member implements GroupListener {
        private final List<Held> held = new ArrayList<>();
        private final List<Said> said = new ArrayList<>();
        private final Set<String> notTaken = new HashSet<>();
        private final String name;
        private final GroupMember member;

        private Member(final int index) {
            name = "member " + index;
            final LockstepClient own = clients.get(index % CLIENTS);
            member = own.addGroupMember(
                    new GroupConfig()
                            .name(GROUP)
                            .filter("timed/#")
                            .start(StartPosition.start())
                            .credit(64)
                            .ackTimeoutNs(ACK_TIMEOUT_NS)
                            .maxAttempts(0)
                            .redeliveryDelayNs(DELAY_NS, DELAY_NS)
                            .listener(this),
                    this::onDelivery);
            GroupFigures.awaitJoined(name, member, client, clients);
        }

        @Override
        public void onNotSettled(final int shardId, final long position, final ResultCode code) {
            assertEquals(ResultCode.NOT_ASSIGNED, code);
            refusals++;
            notTaken.add(GroupLoad.placeOf(shardId, position));
        }

        @Override
        public void onAssignmentsLost(final int shardId, final String reason) {
            losses++;
            // What was on its way may have been taken or not, and the shard took back the rest before this was known.
            timeouts.onEnded(name, 0);
            said.forEach(each -> notTaken.add(each.place()));
            held.removeIf(each -> each.shardId == shardId);
        }

        private void onDelivery(final GroupDelivery delivery) {
            final int number = Integer.parseInt(delivery.message().payloadText());
            final int attempt = delivery.attempt();
            final String place = GroupLoad.placeOf(delivery.shardId(), delivery.position());
            judge.onDelivered(place, "", number, attempt, name);
            timeouts.onDelivered(place, attempt, name);
            final long nowNs = System.nanoTime();
            final Kind kind = kindOf(number);
            if (kind == Kind.EXPIRING || attempt <= attemptsToForget(kind)) {
                return;
            }
            if (kind == Kind.SLOW && attempt <= SLOW_ATTEMPTS) {
                held.add(new Held(delivery, nowNs + EXTEND_INTERVAL_NS, nowNs + SLOW_WORK_NS));
            } else if (kind == Kind.LATE && attempt == 1) {
                held.add(new Held(delivery, nowNs + LATE_NS, nowNs + LATE_NS));
            } else if (delivery.ack()) {
                say(place, attempt, true, nowNs, wallNs());
                assertFalse(delivery.ack(), "a member decided twice");
            }
        }

        private void work() {
            final long nowNs = System.nanoTime();
            held.removeIf(each -> nowNs - each.nextNs >= 0 && !isKept(each, nowNs));
        }

        // Settles or extends one; false where the member has no more to do with it.
        private boolean isKept(final Held each, final long nowNs) {
            final long wallNs = wallNs();
            if (nowNs - each.endNs >= 0) {
                if (member.ack(each.shardId, each.position, each.attempt)) {
                    say(each.place, each.attempt, true, nowNs, wallNs);
                }
                return false;
            }
            final boolean isOwn = member.extend(each.shardId, each.position, each.attempt);
            if (isOwn) {
                say(each.place, each.attempt, false, nowNs, wallNs);
                extensions++;
                each.nextNs = nowNs + EXTEND_INTERVAL_NS;
            }
            return isOwn;
        }

        private void say(
                final String place, final int attempt, final boolean isDone, final long nowNs, final long wallNs) {
            said.add(new Said(place, attempt, isDone, nowNs, wallNs));
            if (isDone) {
                saidDone.add(place);
            }
        }

        private void learnWhatWasTaken() {
            if (!said.isEmpty() && member.drain(0)) {
                final long nowNs = System.nanoTime();
                for (final Said each : said) {
                    onEnd(each, nowNs - each.atNs() < SURE_NS && !notTaken.contains(each.place()));
                }
                said.clear();
                notTaken.clear();
            }
        }

        private void onEnd(final Said each, final boolean isTaken) {
            if (!each.isDone()) {
                if (isTaken) {
                    timeouts.onGranted(each.place(), each.attempt(), each.wallNs());
                }
            } else if (isTaken) {
                judge.onDone(each.place(), each.attempt(), name);
                timeouts.onDone(each.place(), each.attempt(), each.wallNs());
            } else {
                judge.onUncertain(each.place());
                timeouts.onPerhapsDone(each.place(), each.attempt(), each.wallNs());
            }
        }

        private void leave() {
            member.drain(DRAIN_NS);
            learnWhatWasTaken();
            timeouts.onEnded(name, wallNs());
            member.close();
            said.forEach(each -> onEnd(each, false));
        }
    }
}
