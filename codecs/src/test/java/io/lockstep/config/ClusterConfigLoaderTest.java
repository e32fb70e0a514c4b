package io.lockstep.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.topic.TopicRoute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterConfigLoaderTest {
    private static final String NODES = "nodes:\n  - { id: 0, port: 20000 }\n";

    @TempDir
    private Path folder;

    @Test
    void shouldFillInDefaultsWhenOnlyNodesAreGiven() {
        final ClusterConfig config = load(NODES);

        assertEquals("lockstep", config.name());
        assertEquals(1, config.shardCount());
        assertEquals(Profile.DEFAULT, config.profile());
        assertEquals(Durability.REPLICATED, config.durability());
        assertEquals(List.of(new NodeEndpoint(0, "localhost", 20000)), config.nodes());
        assertEquals(folder.resolve("data"), config.baseDir());
        assertEquals(Path.of("/dev/shm"), config.markDir());
        assertEquals(64 << 20, config.segmentLength());
        assertEquals(ClusterConfigLoader.defaultSettings(), config.engineSettings());
        assertEquals(new MqttLimits(20_000, 1_179_648, 100), config.mqttLimits());
        assertEquals(AccessConfig.DEFAULTS, config.access());
        assertEquals(
                AccessConfig.DEFAULTS, load(ClusterConfigWriter.toYaml(config)).access());
    }

    @Test
    void shouldReadEveryKindOfValueWhenAllAreGiven() {
        final ClusterConfig config = load("""
                cluster: { name: dev, shards: 2, profile: low-latency, durability: fsync }
                nodes:
                  - { id: 1, host: b, port: 20000 }
                  - { id: 0, host: a, port: 20000 }
                dirs: { base: /var/lockstep, marks: /run/lockstep }
                journal: { segmentLength: 128m, checkpointMessages: 1000, checkpointInterval: 250ms, retentionAge: 7d }
                disk: { lowSpace: 2g }
                limits: { autoCreateTopics: false, maxPayload: 64k }
                gateways:
                  - { id: 0, host: a, mqttPort: 1883, httpPort: 8080 }
                mqtt: { maxSessions: 5, maxPacket: 64k, receiveMaximum: 10 }
                """);

        assertEquals(2, config.shardCount());
        assertEquals(Profile.LOW_LATENCY, config.profile());
        assertEquals(Durability.FSYNC, config.durability());
        assertEquals(0, config.nodes().get(0).id());
        assertEquals(Path.of("/var/lockstep"), config.baseDir());
        assertEquals(2L << 30, config.lowSpaceBytes());
        assertEquals(250_000_000L, config.engineSettings().get(EngineSetting.CHECKPOINT_INTERVAL));
        assertEquals(7L * 24 * 3600 * 1_000_000_000L, config.engineSettings().get(EngineSetting.RETENTION_AGE));
        assertEquals(0L, config.engineSettings().get(EngineSetting.AUTO_CREATE_TOPICS));
        assertEquals(64L << 10, config.engineSettings().get(EngineSetting.MAX_PAYLOAD_LENGTH));
        assertEquals(List.of(new GatewayEndpoint(0, "a", 1883, 8080)), config.gateways());
        assertEquals(new MqttLimits(5, 64 << 10, 10), config.mqttLimits());
        assertEquals(
                config.mqttLimits(),
                load(ClusterConfigWriter.toYaml(config)).mqttLimits(),
                "they are the same when written and read back");
    }

    @Test
    void shouldReadWhoMayComeInWhenTheFileSaysIt() {
        final ClusterConfig config = load(NODES + """
                access: { users: users.txt, rules: /etc/rules.txt, anonymous: true, certificateUser: cn }
                """);

        assertEquals(
                new AccessConfig(
                        folder.resolve("users.txt"),
                        Path.of("/etc/rules.txt"),
                        AccessConfig.Anonymous.TRUE,
                        AccessConfig.CertificateUser.CN),
                config.access());
        assertEquals(config.access(), load(ClusterConfigWriter.toYaml(config)).access());
    }

    @Test
    void shouldReadSecureListenersWhenThereAreSome() {
        final ClusterConfig config = load(NODES + """
                gateways:
                  - id: 0
                    mqttPort: 0
                    mqttTlsPort: 8883
                    mqttWsPort: 8080
                    mqttWssPort: 8443
                    tls: { certificate: gw.pem, key: /etc/gw.key, clientCa: ca.pem, clientAuth: required }
                mqtt: { topicAliasMaximum: 3, responseInformation: answers, reasonStrings: false, sysInterval: 3s, maxOpening: 9, maxClientRate: 7, maxClientBytesRate: 8k }
                """);

        final GatewayTls tls = new GatewayTls(
                folder.resolve("gw.pem"),
                Path.of("/etc/gw.key"),
                folder.resolve("ca.pem"),
                GatewayTls.ClientAuth.REQUIRED);
        assertEquals(
                List.of(new GatewayEndpoint(0, "localhost", GatewayEndpoint.NO_PORT, 8883, 8080, 8443, 1880, tls)),
                config.gateways());
        assertEquals(
                new MqttLimits(20_000, 1_179_648, 100, 3, "answers", false, 3_000_000_000L, 9, 7, 8_192),
                config.mqttLimits());
        final ClusterConfig copy = load(ClusterConfigWriter.toYaml(config));
        assertEquals(config.gateways(), copy.gateways());
        assertEquals(config.mqttLimits(), copy.mqttLimits());
    }

    @Test
    void shouldReadThePortsOfNativeClientsWhenThereAreSome() {
        final ClusterConfig config = load(NODES + """
                gateways:
                  - { id: 0, mqttPort: 0, aeronPort: 1884, aeronMaxSessions: 7 }
                """);

        assertEquals(
                List.of(new GatewayEndpoint(
                        0,
                        "localhost",
                        GatewayEndpoint.NO_PORT,
                        GatewayEndpoint.NO_PORT,
                        GatewayEndpoint.NO_PORT,
                        GatewayEndpoint.NO_PORT,
                        1880,
                        null,
                        1884,
                        7)),
                config.gateways());
        assertEquals(config.gateways(), load(ClusterConfigWriter.toYaml(config)).gateways());
        assertTrue(refusal("  - { id: 0, mqttPort: 1885, aeronPort: 1884 }").contains("port 1885 on localhost"));
    }

    @Test
    void shouldNameTheLineWhenAListenerCannotBe() {
        assertEquals(
                place(4) + "there is no key 'gateways[].tls.certificat'; did you mean 'gateways[].tls.certificate'?",
                refusal("  - { id: 0, tls: { certificat: a.pem } }"));
        assertEquals(
                place(4) + "gateway 0 has a secure listener, which needs tls.certificate and tls.key",
                refusal("  - { id: 0, mqttTlsPort: 8883 }"));
        assertEquals(
                place(4) + "gateway 0 listens nowhere: give it an MQTT port or aeronPort",
                refusal("  - { id: 0, mqttPort: 0 }"));
        assertEquals(
                place(4) + "'gateways[].tls.certificate' and 'gateways[].tls.key' go together, and one is missing",
                refusal("  - { id: 0, tls: { certificate: a.pem } }"));
        assertEquals(
                place(4) + "clients that show a certificate need tls.clientCa",
                refusal("  - { id: 0, tls: { certificate: a, key: b, clientAuth: optional } }"));
        assertEquals(
                place(4) + "port 1883 on localhost already belongs to a node or another gateway",
                refusal("  - { id: 0, mqttWsPort: 1883 }"));
    }

    private String refusal(final String gateway) {
        return assertThrows(ConfigException.class, () -> load(NODES + "gateways:\n" + gateway + "\n"))
                .getMessage();
    }

    private String place(final int line) {
        return folder.resolve("cluster.yaml") + ", line " + line + ": ";
    }

    @Test
    void shouldReadRoutesWhenThereAreSome() {
        final String text = NODES + """
                cluster: { shards: 2 }
                routes:
                  - { prefix: plant/7, shard: 1 }
                  - { prefix: 'it''s = 5%', shard: 0 }
                """;

        final ClusterConfig config = load(text);

        assertEquals(List.of(new TopicRoute("plant/7", 1), new TopicRoute("it's = 5%", 0)), config.routes());
        assertEquals(config.routes(), load(ClusterConfigWriter.toYaml(config)).routes());
        assertTrue(ClusterConfigWriter.effective(config).contains("routes[plant/7] = 1"));
        assertEquals(
                List.of(new TopicRoute("a=b", 1), new TopicRoute("c", 0)),
                ClusterConfigLoader.load(write(text), Map.of("LOCKSTEP_ROUTES", "a=b=1, c=0"))
                        .routes());
    }

    @Test
    void shouldNameTheLineWhenARouteCannotBe() {
        final String head = NODES + "cluster: { shards: 2 }\nroutes:\n  - ";
        assertRefused(
                head + "{ prefix: plant, shard: 2 }\n",
                ", line 5: the route of 'plant' leads to shard 2, but this cluster has shards 0 to 1");
        assertRefused(head + "{ shard: 1 }\n", ", line 5: 'routes[].prefix' is missing; it takes " + TopicRoute.RULE);
        assertRefused(
                head + "{ prefix: 'plant/#', shard: 1 }\n",
                ", line 5: the prefix of a route is " + TopicRoute.RULE + ", but it is 'plant/#'");
        assertRefused(
                head + "{ prefix: a, shard: 1 }\n  - { prefix: a, shard: 0 }\n",
                ", line 6: the route of 'a' is there twice");
    }

    @Test
    void shouldNameFileLineAndNearestKeyWhenAKeyIsUnknown() {
        assertRefused(
                NODES + "journal:\n  segmentLenght: 64m\n",
                ", line 4: there is no key 'journal.segmentLenght'; did you mean 'journal.segmentLength'?");
        assertRefused(NODES + "limit: { maxTopics: 3 }\n", ", line 3: there is no key 'limit'; did you mean 'limits'?");
        assertRefused(
                "nodes:\n  - { id: 0, prot: 20000 }\n",
                ", line 2: there is no key 'nodes[].prot'; did you mean 'nodes[].port'?");
    }

    @Test
    void shouldSayWhatIsAllowedWhenAValueIsBad() {
        assertRefused(
                NODES + "cluster:\n  shards: 17\n",
                ", line 4: 'cluster.shards' takes a whole number from 1 to 16, but it is '17'");
        assertRefused(
                NODES + "cluster: { durability: fsinc }\n",
                ", line 3: 'cluster.durability' takes replicated or fsync, but it is 'fsinc'; did you mean 'fsync'?");
        assertRefused(NODES + "journal: { retentionAge: 7 days }\n", "line 3: 'journal.retentionAge' takes a duration");
        assertRefused(NODES + "journal: { segmentLength: 48m }\n", "but it is 48m, which is no power of two");
        assertRefused(NODES + "limits: { autoCreateTopics: yes }\n", "takes true or false, but it is 'yes'");
        assertRefused(NODES + "limits: { maxTopics: [1] }\n", "line 3: 'limits.maxTopics' takes one value");
        assertRefused("nodes:\n  - { id: 0 }\n", ", line 2: 'nodes[].port' is missing");
        assertRefused("nodes:\n  - { id: 0, port: 99999 }\n", "takes a whole number from 1024 to 65435");
    }

    @Test
    void shouldRefuseWhenAKeyIsThereTwice() {
        assertRefused(
                NODES + "cluster:\n  shards: 1\n  shards: 2\n",
                ", line 5: 'cluster.shards' is there twice; the first one is in line 4");
        assertRefused(NODES + NODES, ", line 3: 'nodes' is there twice");
    }

    @Test
    void shouldRefuseWhenNodesAreMissingOrClash() {
        assertRefused("", "'nodes' needs at least one item");
        assertRefused("nodes:\n", ", line 1: 'nodes' needs at least one item");
        assertRefused("nodes: 3\n", ", line 1: 'nodes' takes a list");
        assertRefused(NODES + "  - { id: 0, port: 20100 }\n", ", line 3: node id 0 is there twice");
        assertRefused(NODES + "  - { id: 1, port: 20050 }\n", ", line 3: each node needs 100 ports of its own");
        assertRefused(
                NODES + "gateways:\n  - { id: 0, mqttPort: 20010, httpPort: 1880 }\n",
                ", line 4: port 20010 on localhost already belongs to a node");
    }

    @Test
    void shouldNameTheLineWhenTheFileIsNotYaml() {
        assertRefused(NODES + "cluster: { name: dev\n", "this is not YAML");
        assertRefused("a string", "line 1: the file takes keys with values");
    }

    @Test
    void shouldSaySoWhenTheFileIsMissing() {
        final ConfigException refusal = assertThrows(
                ConfigException.class, () -> ClusterConfigLoader.load(folder.resolve("none.yaml"), Map.of()));

        assertTrue(refusal.getMessage().startsWith("there is no cluster file " + folder.resolve("none.yaml")));
    }

    @Test
    void shouldPreferTheEnvironmentWhenBothSaySomething() throws IOException {
        final Path file = write(NODES + "cluster: { shards: 2 }\n");

        final ClusterConfig config = ClusterConfigLoader.load(
                file,
                Map.of(
                        "LOCKSTEP_CLUSTER_SHARDS", "3",
                        "LOCKSTEP_LIMITS_MAX_TOPICS", "5",
                        "LOCKSTEP_NODES", "0=a:20000, 1=b:21000",
                        "LOCKSTEP_GATEWAYS", "0=a:1883:8080",
                        "LOCKSTEP_JAVA_OPTS", "-Xmx1g"));

        assertEquals(3, config.shardCount());
        assertEquals(5L, config.engineSettings().get(EngineSetting.MAX_TOPICS));
        assertEquals(List.of(new NodeEndpoint(0, "a", 20000), new NodeEndpoint(1, "b", 21000)), config.nodes());
        assertEquals(List.of(new GatewayEndpoint(0, "a", 1883, 8080)), config.gateways());
    }

    @Test
    void shouldNameTheVariableWhenTheEnvironmentIsWrong() throws IOException {
        final Path file = write(NODES);

        final ConfigException bad = assertThrows(
                ConfigException.class, () -> ClusterConfigLoader.load(file, Map.of("LOCKSTEP_CLUSTER_SHARDS", "many")));
        final ConfigException unknown = assertThrows(
                ConfigException.class, () -> ClusterConfigLoader.load(file, Map.of("LOCKSTEP_CLUSTER_SHARD", "1")));
        final ConfigException list = assertThrows(
                ConfigException.class, () -> ClusterConfigLoader.load(file, Map.of("LOCKSTEP_NODES", "a:20000")));

        assertEquals(
                "environment variable LOCKSTEP_CLUSTER_SHARDS: 'cluster.shards' takes a whole number from 1 to 16, but"
                        + " it is 'many'",
                bad.getMessage());
        assertTrue(unknown.getMessage().endsWith("did you mean LOCKSTEP_CLUSTER_SHARDS?"), unknown.getMessage());
        assertTrue(list.getMessage().contains("it takes id=host:port"), list.getMessage());
    }

    @Test
    void shouldLoadTheSameWhenWrittenAndReadBack() {
        final ClusterConfig config = load("""
                cluster: { name: 'it''s: odd', shards: 2, profile: small, durability: fsync }
                nodes:
                  - { id: 0, host: 127.0.0.1, port: 20000 }
                  - { id: 1, host: localhost, port: 20100 }
                journal: { checkpointInterval: 250ms, retentionBytes: 1536m }
                limits: { autoCreateTopics: false }
                gateways: [ { id: 0, mqttPort: 20300, httpPort: 20301 } ]
                """);

        final ClusterConfig copy = load(ClusterConfigWriter.toYaml(config));

        assertEquals(config, copy);
    }

    @Test
    void shouldListEveryKeyWhenTheEffectiveConfigurationIsPrinted() {
        final List<String> lines = ClusterConfigWriter.effective(load(NODES));

        assertTrue(lines.contains("journal.segmentLength = 64m"));
        assertTrue(lines.contains("nodes[0] = localhost:20000"));
        assertEquals(ConfigKeys.byName().size() - 3 + 1, lines.size());
    }

    @Test
    void shouldMaskTheValueWhenTheKeyIsASecret() {
        final ConfigKey key =
                new ConfigKey("a.password", ConfigKey.Kind.TEXT, null, 0, 0, List.of(), true, "A password.");

        assertFalse(key.printable("opensesame").contains("open"));
    }

    private ClusterConfig load(final String text) {
        return ClusterConfigLoader.load(write(text), Map.of());
    }

    private Path write(final String text) {
        try {
            return Files.writeString(folder.resolve("cluster.yaml"), text);
        } catch (final IOException ex) {
            throw new java.io.UncheckedIOException(ex);
        }
    }

    private void assertRefused(final String text, final String sentence) {
        final ConfigException refusal = assertThrows(ConfigException.class, () -> load(text));
        assertTrue(
                refusal.getMessage().startsWith(folder.resolve("cluster.yaml").toString()), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(sentence), refusal.getMessage());
    }
}
