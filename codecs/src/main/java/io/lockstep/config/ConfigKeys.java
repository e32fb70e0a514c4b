package io.lockstep.config;

import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** All keys of the cluster file, in the order of the configuration page. */
public final class ConfigKeys {
    static final ConfigKey CLUSTER_NAME = text("cluster.name", "lockstep", "Name of the cluster, for people and logs.");
    static final ConfigKey CLUSTER_SHARDS = count(
            "cluster.shards",
            "1",
            1,
            NodeEndpoint.MAX_SHARDS,
            "Number of shards. Each is a Raft group of its own, and every node holds all of them.");
    static final ConfigKey CLUSTER_PROFILE = choice(
            "cluster.profile",
            Profile.DEFAULT.key(),
            List.of(Profile.DEFAULT.key(), Profile.SMALL.key(), Profile.LOW_LATENCY.key()),
            "Threads, memory and time-outs: `default` for a LAN with cores of its own, `small` for laptops and CI with"
                    + " two shared cores, `low-latency` for dedicated, spinning threads.");
    static final ConfigKey CLUSTER_DURABILITY = choice(
            "cluster.durability",
            Durability.REPLICATED.key(),
            List.of(Durability.REPLICATED.key(), Durability.FSYNC.key()),
            "What an acknowledgement means: `replicated`, a majority of machines holds the message; `fsync`, it is on"
                    + " the disks of a majority.");
    static final ConfigKey CLUSTER_SECRET = new ConfigKey(
            "cluster.secret",
            ConfigKey.Kind.TEXT,
            "",
            0,
            0,
            List.of(),
            true,
            "What the nodes prove to each other before one may read another's Raft log; at least 16 characters, the same"
                    + " on every node. Left out, whoever reaches a node's ports can read the log.");
    static final ConfigKey NODES = list("nodes", null, "The nodes, 1 to 7 of them; three or five make sense.");
    static final ConfigKey NODE_ID = count("nodes[].id", null, 0, 63, "Id of the node; never given to another one.");
    static final ConfigKey NODE_HOST =
            text("nodes[].host", "localhost", "Name or address by which every process reaches the node.");
    static final ConfigKey NODE_PORT = count(
            "nodes[].port",
            null,
            1024,
            65535 - NodeEndpoint.PORTS_PER_NODE,
            "First of the node's block of " + NodeEndpoint.PORTS_PER_NODE
                    + " ports, UDP and TCP; HTTP is on the first one.");
    static final ConfigKey DIRS_BASE = path(
            "dirs.base",
            "./data",
            "Parent of the nodes' data: `node-<id>` lies under it. A relative path starts at the cluster file's"
                    + " folder.");
    static final ConfigKey DIRS_MARKS = path(
            "dirs.marks",
            "/dev/shm",
            "Parent of mark files and of the media driver's directory; on another file system than the data.");
    static final ConfigKey JOURNAL_SEGMENT_LENGTH = bytes(
            "journal.segmentLength",
            "64m",
            16L << 20,
            1L << 30,
            "Length of a segment file of the journal, a power of two; retention deletes whole segments.");
    static final ConfigKey DISK_LOW_SPACE = bytes(
            "disk.lowSpace",
            "1g",
            0,
            Long.MAX_VALUE,
            "Free space of the data's file system below which the node asks its shards to turn read-only.");
    static final ConfigKey GATEWAYS = list("gateways", "", "The gateways that serve this cluster; may be left out.");
    static final ConfigKey GATEWAY_ID = count("gateways[].id", null, 0, 4095, "Id of the gateway.");
    static final ConfigKey GATEWAY_HOST =
            text("gateways[].host", "localhost", "Name or address to which the gateway binds.");
    static final ConfigKey GATEWAY_MQTT_PORT =
            count("gateways[].mqttPort", "1883", 0, 65535, "TCP port of MQTT; 0 for no such listener.");
    static final ConfigKey GATEWAY_MQTT_TLS_PORT =
            count("gateways[].mqttTlsPort", "0", 0, 65535, "TCP port of MQTT over TLS; 0 for no such listener.");
    static final ConfigKey GATEWAY_MQTT_WS_PORT = count(
            "gateways[].mqttWsPort",
            "0",
            0,
            65535,
            "TCP port of MQTT over WebSocket, at the path `/mqtt`; 0 for no such listener.");
    static final ConfigKey GATEWAY_MQTT_WSS_PORT = count(
            "gateways[].mqttWssPort",
            "0",
            0,
            65535,
            "TCP port of MQTT over secure WebSocket, at the path `/mqtt`; 0 for no such listener.");
    static final ConfigKey GATEWAY_TLS_CERTIFICATE = file(
            "gateways[].tls.certificate",
            "Certificate chain in PEM, the gateway's own first; needed by the secure listeners. A relative path starts at"
                    + " the cluster file's folder.");
    static final ConfigKey GATEWAY_TLS_KEY =
            file("gateways[].tls.key", "Private key of that certificate, PKCS #8 in PEM without a password.");
    static final ConfigKey GATEWAY_TLS_CLIENT_CA =
            file("gateways[].tls.clientCa", "Certificates in PEM that sign those of the clients.");
    static final ConfigKey GATEWAY_TLS_CLIENT_AUTH = choice(
            "gateways[].tls.clientAuth",
            "none",
            List.of("none", "optional", "required"),
            "Whether clients show a certificate: they are not asked, they may, or they must.");
    static final ConfigKey GATEWAY_HTTP_PORT =
            count("gateways[].httpPort", "1880", 1, 65535, "TCP port of health and metrics.");
    static final ConfigKey GATEWAY_AERON_PORT = count(
            "gateways[].aeronPort",
            "0",
            0,
            65534,
            "First of two UDP ports next to each other for native clients that connect with `gateway:host:port`; 0 for"
                    + " none.");
    static final ConfigKey GATEWAY_AERON_MAX_SESSIONS = count(
            "gateways[].aeronMaxSessions",
            Integer.toString(GatewayEndpoint.DEFAULT_AERON_SESSIONS),
            1,
            100_000,
            "Greatest number of native clients of one gateway; the next one is refused.");
    static final ConfigKey MQTT_MAX_SESSIONS = count(
            "mqtt.maxSessions",
            "20000",
            1,
            1_000_000,
            "Greatest number of MQTT clients of one gateway; the next one is refused.");
    static final ConfigKey MQTT_MAX_PACKET = bytes(
            "mqtt.maxPacket",
            "1152k",
            1L << 10,
            2L << 20,
            "Greatest MQTT packet that a gateway takes; the default fits the greatest payload with its headers.");
    static final ConfigKey MQTT_RECEIVE_MAXIMUM = count(
            "mqtt.receiveMaximum",
            "100",
            1,
            65535,
            "Greatest number of unanswered QoS 1 messages from one MQTT client, and towards one.");
    static final ConfigKey MQTT_TOPIC_ALIAS_MAXIMUM = count(
            "mqtt.topicAliasMaximum",
            "16",
            0,
            1024,
            "Greatest number of topic aliases of one MQTT 5.0 connection, in each direction; 0 for none.");
    static final ConfigKey MQTT_RESPONSE_INFORMATION = text(
            "mqtt.responseInformation",
            "",
            "Beginning of the topics for replies, told as response information to MQTT 5.0 clients that ask for it.");
    static final ConfigKey MQTT_REASON_STRINGS = flag(
            "mqtt.reasonStrings",
            "true",
            "Whether MQTT 5.0 clients are told in words why something is refused; `false` for clients that cannot read"
                    + " answers with properties.");
    static final ConfigKey MQTT_SYS_INTERVAL = duration(
            "mqtt.sysInterval",
            "10s",
            0,
            TimeUnit.HOURS.toNanos(1),
            "How often a gateway tells its clients what they subscribed to under `$SYS`; 0s for no such topics.");
    static final ConfigKey MQTT_MAX_OPENING = count(
            "mqtt.maxOpening",
            "256",
            1,
            100_000,
            "Greatest number of MQTT sessions that a gateway opens in the cluster at once; clients beyond it wait their turn.");
    static final ConfigKey MQTT_MAX_CLIENT_RATE = count(
            "mqtt.maxClientRate",
            "0",
            0,
            1_000_000,
            "Messages a second that one MQTT connection may send; beyond it the gateway reads no more from it until there is"
                    + " credit. 0 for no such limit.");
    static final ConfigKey MQTT_MAX_CLIENT_BYTES_RATE = bytes(
            "mqtt.maxClientBytesRate",
            "0",
            0,
            1L << 30,
            "Bytes of topics and payloads a second that one MQTT connection may send, likewise; 0 for no such limit.");

    static final ConfigKey ACCESS_USERS = file(
            "access.users",
            "Users of the gateways, and of the cluster's ingress where there is a `cluster.secret`, and the hashes of their"
                    + " passwords, one a line, as `lockstep users add` writes them. A relative path starts at the cluster"
                    + " file's folder.");
    static final ConfigKey ACCESS_RULES = file(
            "access.rules",
            "Who may publish to, subscribe to and read which topics, one rule a line; what no rule allows is refused. Left"
                    + " out, everybody who is let in may do everything. Where the ingress asks who comes it only seeds the"
                    + " cluster's rules; later changes are made with `lockstep access apply`.");
    static final ConfigKey ACCESS_ANONYMOUS = choice(
            "access.anonymous",
            "auto",
            List.of("auto", "true", "false"),
            "Whether MQTT clients may come without a name: `auto` lets them in where there is no file of users and the"
                    + " gateway listens on a loopback address only.");
    static final ConfigKey ACCESS_CERTIFICATE_USER = choice(
            "access.certificateUser",
            "none",
            List.of("none", "cn"),
            "Whether a client's verified certificate says who it is: `cn`, the common name of its subject is the user.");

    static final ConfigKey ROUTES = list(
            "routes",
            "",
            "Topics that live in a shard of choice and not in that of their hash, at most " + SlotTable.MAX_ROUTES
                    + " prefixes; may be left out. The longest prefix wins. Only seeds the replicated slot table; later"
                    + " changes are made with `lockstep routes`.");
    static final ConfigKey ROUTE_PREFIX = text(
            "routes[].prefix",
            null,
            "The topic of this name and all that begin with it and a slash; at most " + TopicRoute.MAX_PREFIX_LENGTH
                    + " bytes, no wildcard, no slash at the end.");
    static final ConfigKey ROUTE_SHARD =
            count("routes[].shard", null, 0, NodeEndpoint.MAX_SHARDS - 1, "The shard of these topics.");

    private static final List<ConfigKey> ALL = all();

    private ConfigKeys() {}

    /**
     * The rows.
     *
     * @return all keys; keys of a list's items follow their list.
     */
    public static List<ConfigKey> rows() {
        return ALL;
    }

    /**
     * Row of an engine setting.
     *
     * @param setting of the engine.
     * @return its key.
     */
    public static ConfigKey of(final EngineSetting setting) {
        final ConfigKey.Kind kind = kind(setting.unit());
        return new ConfigKey(
                setting.key(),
                kind,
                ConfigKey.formatNumber(kind, setting.defaultValue()),
                setting.lowest(),
                setting.highest(),
                List.of(),
                false,
                setting.sentence());
    }

    /**
     * Finds the known name that a misspelt one probably meant.
     *
     * @param name  that is not known.
     * @param known names.
     * @return the nearest by edit distance without regard to case; of two, the earlier one.
     */
    static String nearest(final String name, final Iterable<String> known) {
        String nearest = "";
        int least = Integer.MAX_VALUE;
        for (final String candidate : known) {
            final int distance = distance(name, candidate);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /**
     * The scalar and list keys by their name in the file.
     *
     * @return a map in the order of the rows, without item keys.
     */
    static Map<String, ConfigKey> byName() {
        final Map<String, ConfigKey> keys = new LinkedHashMap<>();
        for (final ConfigKey key : ALL) {
            if (!key.isItemKey()) {
                keys.put(key.name(), key);
            }
        }
        return keys;
    }

    private static List<ConfigKey> all() {
        final List<ConfigKey> keys = new ArrayList<>(List.of(
                CLUSTER_NAME,
                CLUSTER_SHARDS,
                CLUSTER_PROFILE,
                CLUSTER_DURABILITY,
                CLUSTER_SECRET,
                NODES,
                NODE_ID,
                NODE_HOST,
                NODE_PORT,
                DIRS_BASE,
                DIRS_MARKS,
                JOURNAL_SEGMENT_LENGTH));
        addSettings(keys, "journal.");
        keys.add(DISK_LOW_SPACE);
        addSettings(keys, "limits.");
        keys.addAll(List.of(GATEWAYS, GATEWAY_ID, GATEWAY_HOST, GATEWAY_MQTT_PORT, GATEWAY_MQTT_TLS_PORT));
        keys.addAll(List.of(GATEWAY_MQTT_WS_PORT, GATEWAY_MQTT_WSS_PORT, GATEWAY_HTTP_PORT));
        keys.addAll(List.of(GATEWAY_AERON_PORT, GATEWAY_AERON_MAX_SESSIONS));
        keys.addAll(List.of(GATEWAY_TLS_CERTIFICATE, GATEWAY_TLS_KEY, GATEWAY_TLS_CLIENT_CA, GATEWAY_TLS_CLIENT_AUTH));
        keys.addAll(List.of(MQTT_MAX_SESSIONS, MQTT_MAX_PACKET, MQTT_RECEIVE_MAXIMUM));
        keys.addAll(List.of(MQTT_TOPIC_ALIAS_MAXIMUM, MQTT_RESPONSE_INFORMATION, MQTT_REASON_STRINGS));
        keys.addAll(List.of(MQTT_SYS_INTERVAL, MQTT_MAX_OPENING, MQTT_MAX_CLIENT_RATE, MQTT_MAX_CLIENT_BYTES_RATE));
        keys.addAll(List.of(ACCESS_USERS, ACCESS_RULES, ACCESS_ANONYMOUS, ACCESS_CERTIFICATE_USER));
        keys.addAll(List.of(ROUTES, ROUTE_PREFIX, ROUTE_SHARD));
        final long settings = keys.stream()
                .filter(key -> key.name().startsWith("journal.") || key.name().startsWith("limits."))
                .count();
        if (settings != EngineSetting.count() + 1) {
            throw new IllegalStateException("an engine setting has a key outside 'journal' and 'limits'");
        }
        return List.copyOf(keys);
    }

    private static void addSettings(final List<ConfigKey> keys, final String section) {
        for (final EngineSetting setting : EngineSetting.values()) {
            if (setting.key().startsWith(section)) {
                keys.add(of(setting));
            }
        }
    }

    private static ConfigKey.Kind kind(final EngineSetting.Unit unit) {
        return switch (unit) {
            case COUNT -> ConfigKey.Kind.COUNT;
            case BYTES -> ConfigKey.Kind.BYTES;
            case DURATION_NS -> ConfigKey.Kind.DURATION;
            case FLAG -> ConfigKey.Kind.FLAG;
        };
    }

    private static ConfigKey text(final String name, final String defaultValue, final String sentence) {
        return new ConfigKey(name, ConfigKey.Kind.TEXT, defaultValue, 0, 0, List.of(), false, sentence);
    }

    private static ConfigKey path(final String name, final String defaultValue, final String sentence) {
        return new ConfigKey(name, ConfigKey.Kind.PATH, defaultValue, 0, 0, List.of(), false, sentence);
    }

    private static ConfigKey file(final String name, final String sentence) {
        return new ConfigKey(name, ConfigKey.Kind.FILE, "", 0, 0, List.of(), false, sentence);
    }

    private static ConfigKey list(final String name, final String defaultValue, final String sentence) {
        return new ConfigKey(name, ConfigKey.Kind.LIST, defaultValue, 0, 0, List.of(), false, sentence);
    }

    private static ConfigKey choice(
            final String name, final String defaultValue, final List<String> choices, final String sentence) {
        return new ConfigKey(name, ConfigKey.Kind.CHOICE, defaultValue, 0, 0, choices, false, sentence);
    }

    private static ConfigKey flag(final String name, final String defaultValue, final String sentence) {
        return new ConfigKey(name, ConfigKey.Kind.FLAG, defaultValue, 0, 1, List.of(), false, sentence);
    }

    private static ConfigKey duration(
            final String name,
            final String defaultValue,
            final long lowest,
            final long highest,
            final String sentence) {
        return new ConfigKey(name, ConfigKey.Kind.DURATION, defaultValue, lowest, highest, List.of(), false, sentence);
    }

    private static ConfigKey count(
            final String name,
            final String defaultValue,
            final long lowest,
            final long highest,
            final String sentence) {
        return new ConfigKey(name, ConfigKey.Kind.COUNT, defaultValue, lowest, highest, List.of(), false, sentence);
    }

    private static ConfigKey bytes(
            final String name,
            final String defaultValue,
            final long lowest,
            final long highest,
            final String sentence) {
        return new ConfigKey(name, ConfigKey.Kind.BYTES, defaultValue, lowest, highest, List.of(), false, sentence);
    }

    private static int distance(final String left, final String right) {
        int[] previous = new int[right.length() + 1];
        int[] current = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                final boolean isSame =
                        Character.toLowerCase(left.charAt(i - 1)) == Character.toLowerCase(right.charAt(j - 1));
                current[j] = Math.min(Math.min(current[j - 1], previous[j]) + 1, previous[j - 1] + (isSame ? 0 : 1));
            }
            final int[] swap = previous;
            previous = current;
            current = swap;
        }
        return previous[right.length()];
    }
}
