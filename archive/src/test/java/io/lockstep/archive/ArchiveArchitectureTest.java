package io.lockstep.archive;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchiveArchitectureTest {
    private static final String HISTORY = "io.lockstep.archive.history..";

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lockstep.archive");

    @Test
    void shouldDependOnCodecsOnlyWhenItIsOurs() {
        noClasses()
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "are ours but neither archive nor codecs",
                        (JavaClass target) -> target.getPackageName().startsWith("io.lockstep.")
                                && !target.getPackageName()
                                        .matches("io\\.lockstep\\.(archive|codecs|wire|topic|config)(\\..*)?")))
                .check(classes);
    }

    @Test
    void shouldStayPureWhenItIsInTheHistoryRoom() {
        noClasses()
                .that()
                .resideInAPackage(HISTORY)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.aeron..",
                        "java.io..",
                        "java.net..",
                        "java.nio.file..",
                        "java.nio.channels..",
                        "java.time..",
                        "java.util.concurrent..",
                        "java.util.logging..",
                        "java.util.random..",
                        "java.security..",
                        "org.slf4j..",
                        "io.lockstep.archive.journal..",
                        "io.lockstep.archive.replay..",
                        "io.lockstep.archive.verify..",
                        "io.lockstep.archive.index..")
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage(HISTORY)
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "reach the world",
                        (JavaClass target) -> target.isEquivalentTo(Thread.class)
                                || target.isEquivalentTo(System.class)
                                || target.isEquivalentTo(Runtime.class)
                                || target.isEquivalentTo(java.util.Random.class)
                                || target.isEquivalentTo(java.util.UUID.class)))
                .check(classes);
    }

    @Test
    void shouldHaveNoStaticMutableStateWhenItIsInTheHistoryRoom() {
        fields().that()
                .areDeclaredInClassesThat()
                .resideInAPackage(HISTORY)
                .and()
                .areStatic()
                .should()
                .beFinal()
                .check(classes);
    }
}
