/**
 * What the agent loads first: installs the boot jar, reads the configuration, says so in the log.
 */
@NullMarked
package io.spanglass.javaagent;

import org.jspecify.annotations.NullMarked;
