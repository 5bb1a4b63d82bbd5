namespace JamEmr.Cli.Client;

/// <summary>The service could not be asked, or refused. The message is one line for a person.</summary>
internal sealed class ApiFailure(string message) : Exception(message);
