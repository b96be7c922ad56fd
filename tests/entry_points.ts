/**
 * What each entry point exports, values and types alike. A name that goes from here is a breaking
 * change; a name that comes in is a promise.
 *
 * @module
 */

/** By the names that `deno.json` gives the entry points. */
export const ENTRY_POINTS: Readonly<Record<string, readonly string[]>> = {
  ".": words(`
    AddResult Authenticator BusyError Capabilities CertificateError ClientTlsOptions CloudStore
    CloudStoreOptions CommandError ConnectionError ConnectionErrorKind CopyResult CredentialKind
    Credentials Deletion Dialogue DownloadOptions DownloadProgress Ending FakeStore FakeStoreOptions
    Identity IncomingMessage ItemChange IzynodeEncoding KeyPair ListEntry Listener LiveSession
    LocalFsOptions LocalFsStore LogFields LogLevel Logger LoggerOptions MODHANDLERS MaildirOptions
    MaildirStore MaildropStat MemoryListener MemoryTransport MessageCache MessageSet MessageSetError
    MessageTerm MetricFamily MetricSample MimeItem MimeQuery MimeStore Modhandler NetAddress
    NewMimeItem OpenStoreOptions Pop3Client Pop3ClientOptions Pop3Server Pop3ServerOptions Progress
    ProtocolError ReadOptions RefusalCause Refused RemoteMessage Retrieval RetryPolicy S3Store
    S3StoreOptions ScramCredentials ScramUser Security SelectOptions ServerMetrics ServerRefusal
    ServerTls ServiceFetch SessionOptions SessionSummary SignInError SignInMethod SignInOptions
    SignInResult SourceNotes StoreDownloadOptions StoreDownloadResult StoreError StoreErrorKind
    StoreLock StoreSettings StoreStatus TAGS Tag TimeoutError TlsFacts Transport UidlEntry adviceFor
    certificatesInPem copyMessages createLogger downloadToStore isTag openStore parseMessageSet
    refusedAtSignIn selectMessages silentLogger singlePassword
  `),
  "./server": words(`
    AddResult Authenticator ClientTlsOptions CredentialKind Credentials Ending Identity ItemChange
    KeyPair Listener LiveSession LogFields Logger MemoryListener MemoryTransport MetricFamily
    MetricSample MimeItem MimeQuery MimeStore NetAddress NewMimeItem Pop3Server Pop3ServerOptions
    Progress ReadOptions RefusalCause ScramCredentials ScramUser ServerMetrics ServerTls
    SessionSummary SignInResult SourceNotes StoreLock StoreStatus TAGS Tag TlsFacts Transport
    silentLogger singlePassword
  `),
  "./client": words(`
    AddResult BusyError Capabilities CertificateError ClientTlsOptions CommandError ConnectionError
    ConnectionErrorKind CopyResult Deletion Dialogue DownloadOptions DownloadProgress
    IncomingMessage ItemChange ListEntry MaildropStat MessageSet MessageSetError MessageTerm
    MimeItem MimeQuery MimeStore NetAddress NewMimeItem Pop3Client Pop3ClientOptions Progress
    ProtocolError ReadOptions Refused RemoteMessage Retrieval Security SelectOptions ServerRefusal
    SessionOptions SignInError SignInMethod SignInOptions SourceNotes StoreDownloadOptions
    StoreDownloadResult StoreLock StoreStatus Tag TimeoutError TlsFacts Transport UidlEntry
    adviceFor certificatesInPem copyMessages downloadToStore parseMessageSet refusedAtSignIn
    selectMessages
  `),
  "./stores": words(`
    AddResult CloudStore CloudStoreOptions FakeStore FakeStoreOptions ItemChange IzynodeEncoding
    LocalFsOptions LocalFsStore LogFields Logger MODHANDLERS MaildirOptions MaildirStore
    MessageCache MimeItem MimeQuery MimeStore Modhandler NewMimeItem OpenStoreOptions ReadOptions
    RetryPolicy S3Store S3StoreOptions ServiceFetch SourceNotes StoreError StoreErrorKind StoreLock
    StoreSettings
    StoreStatus TAGS Tag isTag openStore
  `),
  "./cli": [],
};

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
