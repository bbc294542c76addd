/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.testing.contract;

import java.util.Set;

/** What is promised of every client, in the words of its users. */
public enum Point {
  REQUESTS(
      Section.SAME,
      "Requests",
      "The server gets the same requests in the same order on the same connections, byte for byte;"
          + " only trace context headers are added, as the agent adds them."),
  ANSWERS(
      Section.SAME,
      "Answers",
      "Your code gets the same status, headers and bytes, compressed or not, right or wrong.",
      Aspect.HEAD,
      Aspect.BODY),
  PIECES(
      Section.SAME,
      "Streaming",
      "Every piece of a stream reaches your code before the server sends the next one, cut as"
          + " without Spanglass.",
      Aspect.PIECE),
  TYPES(
      Section.SAME,
      "Objects",
      "Responses, bodies and futures have the same classes; an object that comes back to you is"
          + " the one that you gave.",
      Aspect.TYPE),
  EXCEPTIONS(
      Section.SAME,
      "Exceptions",
      "What fails throws the same classes with the same messages and causes.",
      Aspect.THROWN),
  THREADS(Section.SAME, "Threads", "Your callbacks run on the same threads.", Aspect.THREAD),
  CALLBACK_CONTEXT(
      Section.SAME,
      "Context of callbacks",
      "In your callbacks the same span is current as without Spanglass; a model call that is made"
          + " there belongs to your span, and not to the first call.",
      Aspect.CONTEXT),
  DEMAND(
      Section.SAME,
      "Demand",
      "A client that pushes the body pushes it as you ask for it: the same calls to your"
          + " subscriber in the same order.",
      Aspect.DEMAND),
  BACK_PRESSURE(
      Section.SAME,
      "Back-pressure",
      "As long as you do not read, nothing is read for you: a server that sends 48 MB is held"
          + " back."),
  UPLOADS(
      Section.SAME,
      "Written and large requests",
      "A body that you write while it is sent, one of 5 MB, and one that fails on the way arrive"
          + " as without Spanglass."),
  REDIRECTS(
      Section.SAME,
      "Redirects",
      "Followed or not as without Spanglass; the call is one span all the same."),
  HTTP_2(Section.SAME, "HTTP/2", "All of this over HTTP/2, too."),
  AT_THE_SAME_TIME(
      Section.SAME, "Several at once", "Twenty calls at once keep apart; each has its own span."),
  OTHER_TRAFFIC(
      Section.SAME,
      "Other traffic",
      "Requests that are no model calls get no span of ours, and no object of ours is made for"
          + " them."),
  OWN(
      Section.SAME,
      "What only this client has",
      "The rest of what it can do works as without Spanglass: its interceptors or handlers, its"
          + " ways to write and to take bodies, its futures, authentication, server push,"
          + " WebSocket."),

  NESTING(
      Section.SPAN,
      "Place in the trace",
      "The span of the call lies below the span of your code and above the agent's HTTP spans;"
          + " the server is told the HTTP span."),
  ONE_COUNT(
      Section.SPAN,
      "One call, one span, one count",
      "There are as many points in the metrics as calls, and no failure inside Spanglass."),
  DOCUMENT(Section.SPAN, "Whole answer", "`completed`, with the tokens that the server reports."),
  DONE(
      Section.SPAN,
      "Stream to `[DONE]`",
      "`completed`, with tokens and time to first token; also when it is compressed."),
  END_OF_BODY(
      Section.SPAN,
      "Stream without `[DONE]`",
      "`completed`, if every choice had its finish reason when the body ended."),
  CLOSED_AFTER_DONE(
      Section.SPAN,
      "Closed after `[DONE]`",
      "`completed`, though your code did not wait for the end of the connection."),
  CLOSED_EARLY(
      Section.SPAN, "Closed early", "`cancelled`, with the tokens that were reported until then."),
  CANCELLED_WAITING(
      Section.SPAN,
      "Cancelled before the response",
      "`cancelled`, from whatever thread you cancel."),
  CANCELLED_READING(
      Section.SPAN,
      "Cancelled in the stream",
      "`cancelled` by another thread than the one that reads, with the tokens until then."),
  INTERRUPTED(
      Section.SPAN, "Interrupted", "`cancelled`, when the thread that waits is interrupted."),
  INTERRUPTED_READING(
      Section.SPAN,
      "Interrupted in the stream",
      "`cancelled`, when the thread that reads is interrupted."),
  LEFT_UNREAD(
      Section.SPAN,
      "Left unread",
      "`abandoned`, when your code forgets a stream, after the time that is configured."),
  RESET_WAITING(
      Section.SPAN, "Connection lost before the response", "`reset`, an error of the call."),
  RESET_READING(
      Section.SPAN,
      "Connection lost in the stream",
      "`reset`, with the tokens that were reported until then."),
  TIMEOUT_WAITING(Section.SPAN, "Too late a response", "`timeout`, by the client's own deadline."),
  TIMEOUT_READING(
      Section.SPAN,
      "Too long a pause in the stream",
      "`timeout`, with the tokens that were reported until then."),
  STATUS_4XX(Section.SPAN, "Status 4xx", "`error`: here 429 with an error document."),
  STATUS_5XX(Section.SPAN, "Status 5xx", "`error`: here 503 with an error document."),
  ERROR_EVENT(Section.SPAN, "Error within a stream", "`error`, though the HTTP status is 200."),
  INCOMPLETE(
      Section.SPAN,
      "Stream that just stops",
      "`error` with `error.type` `stream_incomplete`, when the body ends properly but too early."),
  NO_CONNECTION(Section.SPAN, "No connection", "`error`; nothing reached a server."),
  CALLBACK_THROWS(
      Section.SPAN,
      "Exception in your subscriber",
      "`error`, when your code fails while the body is pushed to it."),

  FAULTS_AT_THE_DOOR(
      Section.FAULTS,
      "Exceptions",
      "Every method of ours that the client's instrumentation calls throws each time; your"
          + " application notices nothing."),
  ERRORS_AT_THE_DOOR(
      Section.FAULTS,
      "Linkage errors",
      "Every third of these calls throws an `Error`; your application notices nothing."),
  FAULTS_INSIDE(
      Section.FAULTS,
      "Exceptions deep inside",
      "Every seventh call within the wire core throws; your application notices nothing."),

  STREAMS_AT_ONCE(Section.LOAD, "1 000 streams at once", "1 000 spans, all of them `completed`."),
  NOTHING_STAYS(
      Section.LOAD, "Nothing stays", "After these streams no object of ours is left of them.");

  /** The parts of the table. */
  public enum Section {
    SAME("Your service works as it did"),
    SPAN("Each call is one span, and ends as it ended"),
    FAULTS("When Spanglass itself fails"),
    LOAD("Under load");

    private final String title;

    Section(String title) {
      this.title = title;
    }

    public String title() {
      return title;
    }
  }

  private final Section section;
  private final String title;
  private final String meaning;

  @SuppressWarnings("ImmutableEnumChecker") // Set.of cannot be changed.
  private final Set<Aspect> aspects;

  Point(Section section, String title, String meaning, Aspect... aspects) {
    this.section = section;
    this.title = title;
    this.meaning = meaning;
    this.aspects = Set.of(aspects);
  }

  public Section section() {
    return section;
  }

  public String title() {
    return title;
  }

  /** What it means for a user, one or two sentences of Markdown. */
  public String meaning() {
    return meaning;
  }

  /** Which lines of all transcripts must be the same for it; empty if it is about exchanges. */
  public Set<Aspect> aspects() {
    return aspects;
  }
}
