package io.lockstep.codecs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;

/** The schema is the contract for clients in other languages, so it says of each of its elements what that means. */
class SchemaDescriptionTest {
    // Only brackets around others: SBE gives them no description. A reference has that of its type.
    private static final Set<String> WITHOUT_DESCRIPTION = Set.of("types", "ref");

    @Test
    void shouldDescribeEveryElementWhenSomebodyReadsTheSchemaOnly() throws Exception {
        // given
        final Element schema = parse(NextSchema.todaysText());

        // when
        final List<String> undescribed = undescribed(schema);

        // then
        assertEquals(List.of(), undescribed, "elements of the schema without a description");
        assertFalse(elementsOf(schema).isEmpty(), "the schema has no elements");
    }

    @Test
    void shouldNameWhatLacksADescriptionWhenItIsMissingOrBlank() throws Exception {
        // given
        final Element schema = parse("""
                <messageSchema description="s">
                  <types>
                    <enum name="Kind" description="e">
                      <validValue name="NEW">1</validValue>
                    </enum>
                    <composite name="head" description="c">
                      <ref name="kind" type="Kind"/>
                    </composite>
                  </types>
                  <message name="Tell" id="1" description="m">
                    <field name="when" id="1" type="int64" description=" "/>
                    <group name="items" id="2" description="g">
                      <data name="text" id="1" type="varText"/>
                    </group>
                  </message>
                </messageSchema>
                """);

        // when
        final List<String> undescribed = undescribed(schema);

        // then
        assertEquals(List.of("validValue Kind.NEW", "field Tell.when", "data Tell.items.text"), undescribed);
    }

    private static Element parse(final String text) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(text)))
                .getDocumentElement();
    }

    private static List<String> undescribed(final Element schema) {
        final List<String> names = new ArrayList<>();
        collectUndescribed(schema, "", names);
        return names;
    }

    private static void collectUndescribed(final Element parent, final String path, final List<String> names) {
        for (final Element element : elementsOf(parent)) {
            final String tag = element.getTagName();
            final String name = path + element.getAttribute("name");
            if (!WITHOUT_DESCRIPTION.contains(tag)
                    && element.getAttribute("description").isBlank()) {
                names.add(tag + ' ' + name);
            }
            collectUndescribed(element, name.isEmpty() ? "" : name + '.', names);
        }
    }

    private static List<Element> elementsOf(final Element parent) {
        final List<Element> elements = new ArrayList<>();
        for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof final Element element) {
                elements.add(element);
            }
        }
        return elements;
    }
}
