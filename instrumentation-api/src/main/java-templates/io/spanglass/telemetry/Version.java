package io.spanglass.telemetry;

/** The version of this build. */
public final class Version {
  public static final String VERSION = "${project.version}";

  private Version() {}
}
