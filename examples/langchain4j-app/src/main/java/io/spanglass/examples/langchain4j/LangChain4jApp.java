/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.examples.langchain4j;

import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.service.AiServices;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Logger;

/**
 * Talks to an OpenAI-compatible endpoint with LangChain4j: a chat, a streaming chat, and a question
 * for which the model is offered a tool. Prints one line of JSON for each call of the model.
 */
public final class LangChain4jApp {

  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  /** What {@link AiServices} implements: it calls the model, its tools, and the model again. */
  interface WeatherAssistant {
    String answer(String question);
  }

  private static final Logger LOG = Logger.getLogger(LangChain4jApp.class.getName());

  private LangChain4jApp() {}

  /** Arguments: the base URL (with its {@code /v1}) and the model; the key in OPENAI_API_KEY. */
  public static void main(String[] args) throws InterruptedException {
    if (args.length != 2) {
      System.err.println("Usage: java -jar langchain4j-app.jar BASE_URL MODEL");
      System.exit(2);
    }
    String baseUrl = args[0];
    String modelName = args[1];
    String key = System.getenv().getOrDefault("OPENAI_API_KEY", "none");

    CallPrinter calls = new CallPrinter(false);
    ChatModel model =
        OpenAiChatModel.builder()
            .httpClientBuilder(httpClient())
            .baseUrl(baseUrl)
            .apiKey(key)
            .modelName(modelName)
            .timeout(TIMEOUT)
            .maxRetries(0)
            .listeners(calls)
            .build();
    attempt(() -> model.chat("What is telemetry? Answer in one sentence."));

    streamingChat(
        OpenAiStreamingChatModel.builder()
            .httpClientBuilder(httpClient())
            .baseUrl(baseUrl)
            .apiKey(key)
            .modelName(modelName)
            .timeout(TIMEOUT)
            .listeners(streamingCalls())
            .build());

    calls.begin("tool round");
    WeatherAssistant assistant =
        AiServices.builder(WeatherAssistant.class).chatModel(model).tools(new Weather()).build();
    attempt(() -> assistant.answer("How warm is it in Berlin?"));
  }

  private static CallPrinter streamingCalls() {
    CallPrinter calls = new CallPrinter(true);
    calls.begin("streaming chat");
    return calls;
  }

  private static void streamingChat(StreamingChatModel model) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    model.chat(
        "What is a metric? Answer in one sentence.",
        new StreamingChatResponseHandler() {
          @Override
          public void onCompleteResponse(ChatResponse response) {
            done.countDown();
          }

          @Override
          public void onError(Throwable error) {
            done.countDown();
          }
        });
    done.await();
    LOG.info("the stream has ended");
  }

  /** The printer has told of a failed call; the application goes on with the next one. */
  private static void attempt(Runnable call) {
    try {
      call.run();
      LOG.info("answered");
    } catch (RuntimeException e) {
      LOG.warning("failed");
      System.err.println(e);
    }
  }

  // HTTP/1.1: some model servers lose the body of a request that offers to upgrade to HTTP/2.
  private static HttpClientBuilder httpClient() {
    return JdkHttpClient.builder()
        .httpClientBuilder(HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1));
  }
}
