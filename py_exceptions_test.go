package pickle_test
import ("testing";"github.com/go-pickle/pickle")
func TestX(t *testing.T){
 for _, n := range []string{"exception_value","exception_key","exception_builtin","exception_exit","exception_oserror","exception_os_two_files","exception_os_subclasses","exception_unicode_decode","exception_unicode_encode","exception_import","exception_syntax","exception_nested","exception_attr","exception_user","exception_cycle","exception_notes","exception_group","exception_base_group","exception_subprocess","partial","partial_args","partial_attr","partial_nested","itemgetter","attrgetter","methodcaller","methodcaller_kwargs","namespace","namespace_empty","namespace_cycle","regex","regex_str","regex_bytes","regex_shared","random","cookie","cookie_morsel","cookiejar_cookie","email_message","email_emailmessage","logrecord","argparse_namespace","enum_text","enum_combined","enum_int_all","enum_regexflag","enum_regexflags","enum_socket","enum_httpstatus","enum_signal","enum_safeuuid"} {
  seen := map[string]bool{}
  for _, c := range standardGoldens(t, "std_"+n) {
   var v any
   if err := pickle.Unmarshal(c.Data,&v); err != nil { t.Error(c.ID(), err); continue }
   r := pickle.Repr(v)
   if !seen[r] { seen[r]=true; if len(r)>500 {r=r[:500]}; t.Logf("%s %s", c.ID(), r) }
   if c.Pure() || c.Impl=="cpython2.7" {continue}
   got, err := pickle.Marshal(v, pickle.Protocol(c.Protocol))
   if err != nil || string(got)!=string(c.Data) { t.Errorf("%s %v\n got %.300q\nwant %.300q", c.ID(), err, got, c.Data)}
  }
 }
}
