using JamEmr.Scribe.Inference;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace JamEmr.Tests.Unit.Scribe;

public class OnnxSessionsTests
{
    [Fact]
    public void Given_a_model_When_opened_on_the_processor_Then_it_runs_and_nothing_is_logged()
    {
        var log = new ListLogger();
        var sessions = new OnnxSessions(new OnnxOptions { Prefer = InferenceDevice.Cpu, Threads = 1 }, log);

        using var session = sessions.Open(AddModel(), "add");

        Assert.Equal(InferenceDevice.Cpu, session.Device);
        Assert.Equal([11f, 22f, 33f], Run(session));
        Assert.Empty(log.Lines);
        Assert.StartsWith("1.29.", OnnxSessions.RuntimeVersion, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_the_GPU_is_asked_for_When_it_cannot_be_used_Then_one_line_is_logged_and_the_processor_runs_it()
    {
        var log = new ListLogger();
        var sessions = new OnnxSessions(new OnnxOptions(), log);

        using var first = sessions.Open(AddModel(), "add");
        if (first.Device == InferenceDevice.Cuda)
        {
            Assert.Empty(log.Lines);
            Assert.Equal([11f, 22f, 33f], Run(first));
            Assert.Skip("A GPU is here and works: there is nothing to fall back from.");
        }

        using var second = sessions.Open(ProbeModel.Bytes(), ProbeModel.Name);

        Assert.Equal((InferenceDevice.Cpu, InferenceDevice.Cpu, InferenceDevice.Cpu), (first.Device, second.Device, sessions.Device));
        Assert.Equal([11f, 22f, 33f], Run(first));
        var line = Assert.Single(log.Lines);
        Assert.StartsWith("Model add cannot use the GPU and runs on the processor: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void Given_a_trial_that_fails_on_the_GPU_only_When_opened_Then_the_processor_takes_over()
    {
        var log = new ListLogger();
        var runs = 0;
        var sessions = new OnnxSessions(new OnnxOptions(), log);

        using var session = sessions.Open(AddModel(), "add", inner => { runs++; Assert.NotEmpty(inner.InputNames); });

        Assert.True(runs >= 1);
        Assert.Equal(session.Device == InferenceDevice.Cpu ? 1 : 0, log.Lines.Count);
    }

    [Fact]
    public void Given_bytes_that_are_no_model_When_opened_Then_it_fails_and_the_GPU_is_not_blamed()
    {
        var log = new ListLogger();
        var sessions = new OnnxSessions(new OnnxOptions(), log);

        Assert.Throws<OnnxRuntimeException>(() => sessions.Open([1, 2, 3], "broken"));

        Assert.Empty(log.Lines);
        Assert.Equal(InferenceDevice.Cuda, sessions.Device);
    }

    private static float[] Run(OnnxSession session)
    {
        var inputs = new[]
        {
            NamedOnnxValue.CreateFromTensor("a", new DenseTensor<float>(new[] { 1f, 2f, 3f }, [3])),
            NamedOnnxValue.CreateFromTensor("b", new DenseTensor<float>(new[] { 10f, 20f, 30f }, [3])),
        };
        using var outputs = session.Inner.Run(inputs);
        return [.. outputs[0].AsEnumerable<float>()];
    }

    /// <summary>sum = a + b over three floats, as protobuf by hand (ModelProto of onnx.proto).</summary>
    private static byte[] AddModel()
    {
        byte[] node = [.. Text(1, "a"), .. Text(1, "b"), .. Text(2, "sum"), .. Text(4, "Add")];
        byte[] graph = [.. Part(1, node), .. Text(2, "g"), .. Part(11, Value("a")), .. Part(11, Value("b")), .. Part(12, Value("sum"))];
        return [.. Number(1, 8), .. Part(7, graph), .. Part(8, [.. Text(1, ""), .. Number(2, 13)])];
    }

    private static byte[] Value(string name) =>
        [.. Text(1, name), .. Part(2, Part(1, [.. Number(1, 1), .. Part(2, Part(1, Number(1, 3)))]))];

    private static byte[] Text(int field, string text) => Part(field, System.Text.Encoding.UTF8.GetBytes(text));

    private static byte[] Part(int field, byte[] content) => [(byte)((field << 3) | 2), checked((byte)content.Length), .. content];

    private static byte[] Number(int field, byte value) => [(byte)(field << 3), value];

    private sealed class ListLogger : ILogger<OnnxSessions>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
