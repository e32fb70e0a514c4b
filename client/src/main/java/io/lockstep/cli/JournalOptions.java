package io.lockstep.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.archive.verify.JournalFolder;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say which journals a command looks at: of running nodes, or in folders. A picocli mixin. */
final class JournalOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec mixee;

    @Mixin
    private ClusterOptions cluster;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            split = ",",
            description =
                    "Instead of running nodes: the directory of a stopped node or of its journal archive, or the one"
                            + " above with node-0, node-1, ...; may be repeated.")
    private List<Path> directories = new ArrayList<>();

    @Option(names = "--shard", paramLabel = "S", description = "Only this shard. Default: all.")
    private Integer shardId;

    boolean isOffline() {
        return !directories.isEmpty();
    }

    List<NodeEndpoint> nodes() {
        return cluster.nodes();
    }

    /** The one node that is meant where a command looks at one copy only. */
    NodeEndpoint node(final Integer nodeId) {
        for (final NodeEndpoint node : nodes()) {
            if (nodeId == null || node.id() == nodeId) {
                return node;
            }
        }
        throw new ParameterException(mixee.commandLine(), "the cluster has no node " + nodeId);
    }

    List<Path> folders() {
        final List<Path> folders = new ArrayList<>();
        for (final Path directory : directories) {
            if (!Files.isDirectory(directory)) {
                throw new CommandFailure("there is no directory " + directory);
            }
            final List<Path> nodeDirs = nodeDirsIn(directory);
            if (nodeDirs.isEmpty()) {
                folders.add(directory);
            } else {
                folders.addAll(nodeDirs);
            }
        }
        return folders;
    }

    List<Integer> shardsOfFolders(final List<Path> folders) {
        if (shardId != null) {
            return List.of(shardId);
        }
        final List<Integer> shards = new ArrayList<>();
        for (int candidate = 0; candidate < NodeEndpoint.MAX_SHARDS; candidate++) {
            if (hasShard(folders.get(0), candidate)) {
                shards.add(candidate);
            }
        }
        if (shards.isEmpty()) {
            throw new CommandFailure("there is no journal in " + folders.get(0)
                    + "; name the directory of a node, or of its journal archive");
        }
        return shards;
    }

    List<Integer> shardsOfNodes() {
        if (shardId != null) {
            return List.of(shardId);
        }
        final TreeSet<Integer> shards = new TreeSet<>();
        for (final ObjectNode status : NodeHttp.statusOf(nodes())) {
            for (final JsonNode shard : status.path("shards")) {
                shards.add(shard.path("shard").asInt());
            }
        }
        if (shards.isEmpty()) {
            throw new CommandFailure(
                    "no node answered; check that the nodes run and that --cluster or --nodes is right,"
                            + " or name folders with --dir");
        }
        return List.copyOf(shards);
    }

    private static boolean hasShard(final Path folder, final int shardId) {
        try {
            return JournalFolder.open(folder, shardId).shardId() == shardId;
        } catch (final IllegalArgumentException ex) {
            // That is how a folder says that it has none.
            return false;
        }
    }

    private static List<Path> nodeDirsIn(final Path directory) {
        try (Stream<Path> children = Files.list(directory)) {
            return children.filter(Files::isDirectory)
                    .filter(child -> child.getFileName().toString().matches("node-\\d+"))
                    .sorted()
                    .toList();
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot list " + directory, ex);
        }
    }
}
