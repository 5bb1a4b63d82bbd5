using System.Globalization;
using JamEmr.Bench.Http;
using JamEmr.Bench.Measuring;

namespace JamEmr.Bench.Access;

/// <summary>What ending all children of a token came to.</summary>
/// <param name="Children">How many it had.</param>
/// <param name="RegisteredPerSecond">How fast they were registered: durable, on two lists and on the log each.</param>
/// <param name="RevokeMs">From sending the parent's revocation to its answer: none that begins afterwards is accepted.</param>
/// <param name="AcceptedBefore">Of <paramref name="AskedBefore"/> asked before, how many were accepted.</param>
/// <param name="AcceptedAfter">Of all, each asked once afterwards, how many were accepted. Anything but none is a fault.</param>
internal sealed record RevokeAllFigure(int Children, double RegisteredPerSecond, double RevokeMs, int AskedBefore, int AcceptedBefore, int AcceptedAfter);

/// <summary>The figures of one run: all on the same machine, server and connections.</summary>
internal sealed record AccessReport
{
    /// <summary><c>GET /health/live</c>: nobody is asked for.</summary>
    public required HttpFigure AnonymousNoOp { get; init; }

    /// <summary><c>GET /v1/sessions/current/status</c>: a session is established, and nothing else is done. One session to a connection.</summary>
    public required HttpFigure AuthenticatedNoOp { get; init; }

    /// <summary>Authenticated for each anonymous answer. Goal: 0.7.</summary>
    public double AuthenticatedToAnonymous => AuthenticatedNoOp.PerSecond / AnonymousNoOp.PerSecond;

    /// <summary>One decision of the policy. Goal: 2 µs.</summary>
    public required PolicyDecisionFigures PolicyDecision { get; init; }

    /// <summary>All children of a token at once. Goal: 10,000 within a second.</summary>
    public required RevokeAllFigure RevokeAll { get; init; }

    /// <summary>Connections, each with one request at a time.</summary>
    public required int Connections { get; init; }

    /// <summary>How long each kind was measured.</summary>
    public required double MeasuredSeconds { get; init; }

    /// <summary>What it ran on.</summary>
    public required Machine Machine { get; init; }

    /// <summary>For people.</summary>
    public string ToText() => string.Join(Environment.NewLine,
    [
        $"On {Machine.Cores} cores ({Machine.Processor}), {Machine.Runtime}, {Machine.FileSystem}; {Connections} HTTPS connections, {MeasuredSeconds} s each, load on the same machine",
        AnonymousNoOp.ToText("anonymous no-op"),
        AuthenticatedNoOp.ToText("authenticated no-op"),
        string.Create(CultureInfo.InvariantCulture, $"authenticated / anonymous: {AuthenticatedToAnonymous:N2}"),
        string.Create(CultureInfo.InvariantCulture, $"policy decision: person {PolicyDecision.PersonNs:N0} ns, program {PolicyDecision.ProgramNs:N0} ns"),
        string.Create(
            CultureInfo.InvariantCulture,
            $"revoke-all of {RevokeAll.Children:N0} children: {RevokeAll.RevokeMs:N1} ms; accepted before {RevokeAll.AcceptedBefore:N0} of {RevokeAll.AskedBefore:N0}, after {RevokeAll.AcceptedAfter:N0} of {RevokeAll.Children:N0}; registered at {RevokeAll.RegisteredPerSecond:N0}/s"),
    ]);
}
