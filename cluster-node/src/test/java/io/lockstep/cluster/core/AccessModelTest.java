package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Access rules against a model that looks at rules level by level and remembers nothing; engines restart in between. */
class AccessModelTest {
    private static final int SEEDS = 300;
    private static final int STEPS = 150;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final String[] USERS = {null, "u1", "u2"};
    private static final String[] LEVELS = {"a", "b", "u1", "c1", "$x"};
    private static final String[] ACTIONS = {"publish", "subscribe", "read", "all", "admin"};

    /** A client: {@code user} null for one without a name. */
    private record Who(String user, String clientId) {
        byte[] encoded() {
            return user == null ? AccessRequests.anonymous(clientId) : AccessRequests.user(user, clientId);
        }
    }

    /** A rule; {@code user} empty for everybody, null for the nameless. */
    private record Rule(boolean isAllowing, String user, String action, List<String> levels) {
        String text() {
            final String subject = user == null ? "anonymous" : user.isEmpty() ? "*" : "user " + user;
            return (isAllowing ? "allow " : "deny ")
                    + subject
                    + ' '
                    + action
                    + (action.equals("admin") ? "" : ' ' + String.join("/", levels));
        }

        boolean isAbout(final Who who, final String wanted) {
            final boolean isOfAction = action.equals(wanted) || (action.equals("all") && !wanted.equals("admin"));
            return isOfAction && (user == null ? who.user() == null : user.isEmpty() || user.equals(who.user()));
        }

        /** Its levels with the names in them; null where a name is missing. */
        List<String> levelsFor(final Who who) {
            final List<String> made = new ArrayList<>();
            for (final String level : levels) {
                if (level.equals("%u") && who.user() == null) {
                    return null;
                }
                made.add(level.equals("%u") ? who.user() : level.equals("%c") ? who.clientId() : level);
            }
            return made;
        }
    }

    private static final class Model {
        private List<Rule> rules;
        private long second = Long.MIN_VALUE;
        private int told;
        private long audits;

        boolean may(final Who who, final String action, final List<String> topic) {
            if (rules == null) {
                return true;
            }
            for (final Rule rule : rules) {
                if (rule.isAbout(who, action)) {
                    final List<String> levels = topic == null ? null : rule.levelsFor(who);
                    if (topic == null || (levels != null && covers(levels, topic))) {
                        return rule.isAllowing();
                    }
                }
            }
            return false;
        }

        // A name is a filter without wildcards.
        private static boolean covers(final List<String> rule, final List<String> filter) {
            final boolean startsWild = rule.get(0).equals("#") || rule.get(0).equals("+");
            return !(startsWild && filter.get(0).startsWith("$")) && coversLevels(rule, filter);
        }

        private static boolean coversLevels(final List<String> rule, final List<String> filter) {
            if (rule.get(0).equals("#")) {
                return true;
            }
            if (filter.get(0).equals("#")) {
                return false;
            }
            if (!rule.get(0).equals("+") && !rule.get(0).equals(filter.get(0))) {
                return false;
            }
            final List<String> restOfRule = rule.subList(1, rule.size());
            final List<String> restOfFilter = filter.subList(1, filter.size());
            if (restOfRule.isEmpty() || restOfFilter.isEmpty()) {
                return restOfRule.isEmpty()
                        ? restOfFilter.isEmpty()
                        : restOfRule.get(0).equals("#");
            }
            return coversLevels(restOfRule, restOfFilter);
        }

        void refuse(final long nowNs) {
            if (second != nowNs / SECOND_NS) {
                second = nowNs / SECOND_NS;
                told = 0;
            }
            if (told < Limits.MAX_AUDITS_IN_SECOND) {
                told++;
                audits++;
            }
        }
    }

    @Test
    void shouldDecideAsTheModelDoes() {
        final Set<ResultCode> seen = EnumSet.noneOf(ResultCode.class);
        EngineModelRun.forSeeds("AccessModelTest", SEEDS, seed -> new Simulation(seed).run(seen));
        TestSeed.assertReached(SEEDS, EnumSet.of(ResultCode.ACCEPTED, ResultCode.NOT_AUTHORIZED), seen);
    }

    private static final class Simulation {
        private static final long TRUSTED = 1000;

        private final EngineModelRun run;
        private final Random random;
        private final Model model = new Model();
        private final TreeMap<Long, Who> whoBySession = new TreeMap<>();
        private long nextSession = 1;
        private long version;
        private long consumers;
        private final long[] sequences = new long[2000];

        private Simulation(final long seed) {
            run = new EngineModelRun(seed);
            random = run.random;
            run.apply(Commands.setFeatureLevel(Engine.ACCESS_LEVEL));
            run.apply(Commands.change(EngineSetting.MAX_TOPICS, 1000));
            run.apply(Commands.openMember(1, 3_600_000_000_000L));
            run.engine().onSessionOpen(TRUSTED, AccessRequests.secret());
            run.apply(TRUSTED, Commands.openProducer(TRUSTED, 64, false));
        }

        private void run(final Set<ResultCode> seen) {
            for (int step = 0; step < STEPS; step++) {
                switch (random.nextInt(12)) {
                    case 0 -> applyRules();
                    case 1 -> restart();
                    case 2 -> run.pass(random.nextLong(2 * SECOND_NS));
                    case 3 -> changeSessions();
                    default -> seen.add(command("step " + step));
                }
                assertEquals(model.audits, audits(), "refusals that were told, step " + step);
            }
        }

        private void applyRules() {
            final List<Rule> rules = new ArrayList<>();
            for (int i = random.nextInt(8); i > 0; i--) {
                rules.add(rule());
            }
            model.rules = rules;
            final String text = String.join("\n", rules.stream().map(Rule::text).toList());
            assertEquals(ResultCode.ACCEPTED, code(run.apply(TRUSTED, AccessRequests.apply(++version, text))), text);
        }

        private Rule rule() {
            final boolean isAllowing = random.nextInt(4) > 0;
            final int subject = random.nextInt(4);
            final String action = ACTIONS[random.nextInt(ACTIONS.length)];
            final List<String> levels = levels(true);
            if (isAllowing && random.nextInt(3) == 0) {
                levels.set(random.nextInt(levels.size()), random.nextBoolean() ? "%u" : "%c");
            }
            if (levels.size() < 3 && random.nextInt(3) == 0) {
                levels.add("#");
            }
            return new Rule(isAllowing, subject == 0 ? "" : USERS[subject - 1], action, levels);
        }

        private List<String> levels(final boolean hasWildcards) {
            final List<String> levels = new ArrayList<>();
            for (int i = 1 + random.nextInt(2); i > 0; i--) {
                final int choice = random.nextInt(LEVELS.length + (hasWildcards ? 1 : 0));
                levels.add(choice == LEVELS.length ? "+" : LEVELS[choice]);
            }
            // Names that begin with '$' cannot be published to: they never come to the rules.
            if (!hasWildcards && levels.get(0).startsWith("$")) {
                levels.set(0, "a");
            }
            return levels;
        }

        private void restart() {
            run.restart();
            // As the snapshots of the cluster do.
            run.engine().onSessionOpen(TRUSTED, AccessRequests.secret());
            whoBySession.forEach((session, who) -> run.engine().onSessionOpen(session, who.encoded()));
        }

        private void changeSessions() {
            if (whoBySession.size() > 4) {
                run.engine().onSessionClose(whoBySession.pollFirstEntry().getKey());
            }
        }

        private long session() {
            if (whoBySession.size() < 3 || random.nextInt(8) == 0) {
                final Who who = who();
                final long session = nextSession++;
                whoBySession.put(session, who);
                run.engine().onSessionOpen(session, who.encoded());
                run.apply(session, Commands.openProducer(session, 64, false));
                return session;
            }
            return new ArrayList<>(whoBySession.keySet()).get(random.nextInt(whoBySession.size()));
        }

        private Who who() {
            return new Who(USERS[random.nextInt(USERS.length)], "c" + random.nextInt(2));
        }

        private ResultCode command(final String step) {
            final long session = session();
            final Who who = whoBySession.get(session);
            final List<String> topic = levels(false);
            final String name = String.join("/", topic);
            final ResultCode code;
            final boolean isAllowed;
            switch (random.nextInt(6)) {
                case 0 -> {
                    isAllowed = model.may(who, "admin", null);
                    code = code(run.apply(session, Commands.setReadOnly(1, false)));
                }
                case 1 -> {
                    final List<String> filter = levels(true);
                    isAllowed = model.may(who, "subscribe", filter);
                    final String consumer = "consumer" + consumers++ % 50;
                    code = code(run.apply(
                            session,
                            ConsumerRequests.open(
                                    1, consumer, -1, List.of(String.join("/", filter)), ConsumerStart.START, 0)));
                }
                case 2 -> {
                    isAllowed = model.may(who, "publish", topic);
                    code = code(run.apply(session, Commands.createTopic(name)));
                }
                case 3 -> {
                    final Who other = who();
                    isAllowed = model.may(other, "publish", topic);
                    code = publish(TRUSTED, name, AccessRequests.onBehalf(other.encoded()));
                }
                default -> {
                    isAllowed = model.may(who, "publish", topic);
                    code = publish(session, name, new byte[0]);
                }
            }
            assertEquals(
                    isAllowed ? ResultCode.ACCEPTED : ResultCode.NOT_AUTHORIZED,
                    code,
                    () -> step + ": " + who + ", " + name + " under " + model.rules);
            if (!isAllowed) {
                model.refuse(run.nowNs());
            }
            return code;
        }

        private ResultCode publish(final long session, final String topic, final byte[] headers) {
            final byte[] command = new PublishBuilder(session, 1, ++sequences[(int) session])
                    .entry(topic.getBytes(StandardCharsets.UTF_8), headers, new byte[3], PublishFrame.NO_CONDITION)
                    .build();
            final EngineFixture.Published published = EngineFixture.decodePublished(run.apply(session, command));
            assertEquals(ResultCode.ACCEPTED, published.code());
            return published.results().isEmpty()
                    ? ResultCode.ACCEPTED
                    : published.results().get(0).code();
        }

        // Other answers than CommandReply are those of commands that were let through.
        private static ResultCode code(final byte[] reply) {
            final boolean isCommandReply =
                    WireShape.templateId(new UnsafeBuffer(reply), 0) == CommandReplyDecoder.TEMPLATE_ID;
            return isCommandReply
                    ? EngineFixture.decode(new CommandReplyDecoder(), reply).code()
                    : ResultCode.ACCEPTED;
        }

        private long audits() {
            final byte[] name = "$audit/access".getBytes(StandardCharsets.UTF_8);
            final Topic topic = run.engine().parts().topics().find(new UnsafeBuffer(name), 0, name.length);
            return topic == null ? 0 : topic.lastSequence();
        }
    }
}
