namespace JamEmr.Access;

/// <summary>What a grain method asks of its caller. Stable names: they appear in audit records and in the policy table.</summary>
public enum Permission
{
    /// <summary>Try to prove who one is: sign in, present a session or token.</summary>
    Authenticate,

    /// <summary>Issue the one-time set-up code of a fresh installation.</summary>
    IssueSetupCode,

    /// <summary>Claim an idempotency key for one's own requests.</summary>
    ClaimIdempotencyKey,

    /// <summary>See, re-authenticate and end one's own session.</summary>
    UseOwnSession,

    /// <summary>Read the practice's record.</summary>
    ReadPractice,

    /// <summary>Change the practice's record.</summary>
    ManagePractice,

    /// <summary>Read accounts.</summary>
    ReadUsers,

    /// <summary>Create, change, disable accounts.</summary>
    ManageUsers,

    /// <summary>Register, read, revoke API tokens.</summary>
    ManageTokens,

    /// <summary>Read demographics.</summary>
    ReadPatient,

    /// <summary>Find patients by name and birth date.</summary>
    SearchPatients,

    /// <summary>Register patients and change demographics.</summary>
    WritePatient,

    /// <summary>Read problems, medications, allergies.</summary>
    ReadChart,

    /// <summary>Change problems, medications, allergies.</summary>
    WriteChart,

    /// <summary>Read schedules and appointments.</summary>
    ReadSchedule,

    /// <summary>Book, move, cancel, check in.</summary>
    WriteSchedule,

    /// <summary>Read an encounter's state, without words spoken or written.</summary>
    ReadEncounter,

    /// <summary>Open an encounter, record consent, add what was said.</summary>
    ConductEncounter,

    /// <summary>Read what was said.</summary>
    ReadTranscript,

    /// <summary>Have a note drafted.</summary>
    DraftNote,

    /// <summary>Read note text.</summary>
    ReadNote,

    /// <summary>Edit a note before signature.</summary>
    EditNote,

    /// <summary>Sign a note.</summary>
    SignNote,

    /// <summary>Add an addendum after signature.</summary>
    AddendNote,

    /// <summary>Read a note's trail: identifiers and hashes, no text.</summary>
    ReadProvenance,

    /// <summary>Read the audit log.</summary>
    ReadAudit,

    /// <summary>Report an incident.</summary>
    ReportIncident,

    /// <summary>Read incidents.</summary>
    ReadIncidents,

    /// <summary>Classify, work and close incidents.</summary>
    ManageIncidents,

    /// <summary>Record that the service starts, stops or raises an alarm: the host process only.</summary>
    RunService,

    /// <summary>Record that a patient's data was given to somebody.</summary>
    RecordDisclosure,

    /// <summary>Give an account of a patient's disclosures, and leave out what an agency asks for.</summary>
    AccountForDisclosures,

    /// <summary>Read the policy: who may do what.</summary>
    ReadPolicy,

    /// <summary>Change one's own password, second factor and passkeys.</summary>
    ManageOwnAccount,

    /// <summary>Find the practice's clinicians, by name and id alone.</summary>
    ReadProviders,

    /// <summary>See and end other people's sessions.</summary>
    EndSessions,

    /// <summary>Revoke API tokens.</summary>
    RevokeTokens,

    /// <summary>List everything that can reach clinical data.</summary>
    ReadInventory,

    /// <summary>Read requests for approval and what became of them.</summary>
    ReadApprovals,

    /// <summary>Ask for a privileged operation, and withdraw what one asked for.</summary>
    RequestApproval,

    /// <summary>Approve or deny a privileged operation.</summary>
    DecideApproval,

    /// <summary>Execute a privileged operation that nobody is there to approve, with the officers informed.</summary>
    OverrideApproval,

    /// <summary>Restrict a chart to its care team, and name the care team.</summary>
    RestrictCharts,

    /// <summary>Open a restricted chart in an emergency.</summary>
    BreakGlass,

    /// <summary>Read emergency accesses.</summary>
    ReadBreakGlass,

    /// <summary>Review emergency accesses.</summary>
    ReviewBreakGlass,

    /// <summary>Read and acknowledge notices to one's roles.</summary>
    ReadNotices,
}
