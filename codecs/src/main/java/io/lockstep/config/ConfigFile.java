package io.lockstep.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * The words of one cluster file with their lines, checked for known and unique names but not for values. It composes
 * nodes only: nothing in the file can name a class.
 */
final class ConfigFile {
    /** A value and the place that it came from. */
    record Value(String text, String place) {}

    /** One item of a list. */
    record Item(Map<String, Value> values, String place) {}

    private final String name;
    private final Map<String, Value> values = new LinkedHashMap<>();
    private final Map<String, List<Item>> lists = new LinkedHashMap<>();
    private final Map<String, String> listPlaces = new LinkedHashMap<>();

    private ConfigFile(final String name) {
        this.name = name;
    }

    static ConfigFile parse(final String name, final String text) {
        final ConfigFile file = new ConfigFile(name);
        final Node root;
        try {
            final LoaderOptions options = new LoaderOptions();
            root = new Yaml(new SafeConstructor(options)).compose(new java.io.StringReader(text));
        } catch (final MarkedYAMLException ex) {
            throw new ConfigException(file.place(ex.getProblemMark()) + ": this is not YAML: " + ex.getProblem(), ex);
        } catch (final YAMLException ex) {
            throw new ConfigException(name + ": this is not YAML: " + ex.getMessage(), ex);
        }
        if (root != null && !isEmpty(root)) {
            file.readSections(root);
        }
        return file;
    }

    Map<String, Value> values() {
        return values;
    }

    /** Items of a list, or null where the file does not have it. */
    List<Item> items(final ConfigKey list) {
        return lists.get(list.name());
    }

    /** Place of a list, or the file where it does not have it. */
    String place(final ConfigKey list) {
        return listPlaces.getOrDefault(list.name(), name);
    }

    void override(final ConfigKey key, final Value value) {
        values.put(key.name(), value);
    }

    void override(final ConfigKey list, final List<Item> items, final String place) {
        lists.put(list.name(), items);
        listPlaces.put(list.name(), place);
    }

    private void readSections(final Node root) {
        final Map<String, ConfigKey> keys = ConfigKeys.byName();
        final Set<String> sections = new TreeSet<>();
        keys.keySet().forEach(key -> sections.add(key.contains(".") ? key.substring(0, key.indexOf('.')) : key));
        for (final Map.Entry<String, NodeTuple> entry :
                members(root, "the file", "").entrySet()) {
            final String section = entry.getKey();
            final NodeTuple tuple = entry.getValue();
            if (!sections.contains(section)) {
                throw unknown(tuple.getKeyNode(), section, sections);
            }
            final ConfigKey list = keys.get(section);
            if (list != null) {
                readList(list, tuple);
            } else if (!isEmpty(tuple.getValueNode())) {
                readSection(section, tuple.getValueNode(), keys);
            }
        }
    }

    private void readSection(final String section, final Node node, final Map<String, ConfigKey> keys) {
        for (final Map.Entry<String, NodeTuple> entry :
                members(node, "'" + section + "'", section + '.').entrySet()) {
            final String key = section + '.' + entry.getKey();
            if (!keys.containsKey(key)) {
                throw unknown(entry.getValue().getKeyNode(), key, keys.keySet());
            }
            values.put(key, scalar(key, entry.getValue()));
        }
    }

    private void readList(final ConfigKey list, final NodeTuple tuple) {
        final List<Item> items = new ArrayList<>();
        listPlaces.put(list.name(), place(tuple.getKeyNode().getStartMark()));
        lists.put(list.name(), items);
        if (isEmpty(tuple.getValueNode())) {
            return;
        }
        if (!(tuple.getValueNode() instanceof SequenceNode sequence)) {
            throw new ConfigException(place(tuple.getValueNode().getStartMark()) + ": '" + list.name()
                    + "' takes a list, each item on a line that starts with '-'");
        }
        final Map<String, ConfigKey> keys = new LinkedHashMap<>();
        for (final ConfigKey key : ConfigKeys.rows()) {
            if (key.isItemKey() && key.name().startsWith(list.name() + '[')) {
                keys.put(key.name(), key);
            }
        }
        for (final Node node : sequence.getValue()) {
            final Map<String, Value> item = new LinkedHashMap<>();
            final String prefix = list.name() + "[].";
            readItem(node, "an item of '" + list.name() + "'", prefix, keys, item);
            items.add(new Item(item, place(node.getStartMark())));
        }
    }

    private void readItem(
            final Node node,
            final String what,
            final String prefix,
            final Map<String, ConfigKey> keys,
            final Map<String, Value> item) {
        for (final Map.Entry<String, NodeTuple> entry :
                members(node, what, prefix).entrySet()) {
            final String key = prefix + entry.getKey();
            final NodeTuple tuple = entry.getValue();
            if (keys.containsKey(key)) {
                item.put(key, scalar(key, tuple));
            } else if (keys.keySet().stream().anyMatch(known -> known.startsWith(key + '.'))) {
                if (!isEmpty(tuple.getValueNode())) {
                    readItem(tuple.getValueNode(), "'" + key + "'", key + '.', keys, item);
                }
            } else {
                throw unknown(tuple.getKeyNode(), key, keys.keySet());
            }
        }
    }

    private Map<String, NodeTuple> members(final Node node, final String what, final String prefix) {
        if (!(node instanceof MappingNode mapping)) {
            throw new ConfigException(
                    place(node.getStartMark()) + ": " + what + " takes keys with values, as in 'key: value'");
        }
        final Map<String, NodeTuple> members = new LinkedHashMap<>();
        for (final NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw new ConfigException(place(tuple.getKeyNode().getStartMark()) + ": a key is one word");
            }
            final NodeTuple earlier = members.put(key.getValue(), tuple);
            if (earlier != null) {
                throw new ConfigException(place(key.getStartMark()) + ": '" + prefix + key.getValue()
                        + "' is there twice; the first one is in line "
                        + (earlier.getKeyNode().getStartMark().getLine() + 1));
            }
        }
        return members;
    }

    private Value scalar(final String key, final NodeTuple tuple) {
        if (!(tuple.getValueNode() instanceof ScalarNode scalar)) {
            throw new ConfigException(place(tuple.getValueNode().getStartMark()) + ": '" + key + "' takes one value");
        }
        return new Value(scalar.getValue(), place(tuple.getKeyNode().getStartMark()));
    }

    private ConfigException unknown(final Node key, final String name, final Iterable<String> known) {
        return new ConfigException(place(key.getStartMark()) + ": there is no key '" + name + "'; did you mean '"
                + ConfigKeys.nearest(name, known) + "'?");
    }

    private String place(final Mark mark) {
        return mark == null ? name : name + ", line " + (mark.getLine() + 1);
    }

    private static boolean isEmpty(final Node node) {
        return node instanceof ScalarNode && Tag.NULL.equals(node.getTag());
    }
}
